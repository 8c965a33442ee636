import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerPlan } from './broker.js';

/** A nats-server with JetStream. @param configuration - More of its configuration, such as users, asked for at each start. */
export function natsServer(configuration = () => ''): BrokerPlan {
  return {
    name: 'nats-server',
    command: ({ port, folder }) => {
      const file = join(folder, 'nats.conf');
      writeFileSync(
        file,
        `listen: "127.0.0.1:${port}"\njetstream { store_dir: ${JSON.stringify(folder)} }\n${configuration()}\n`,
      );
      return {
        program: 'nats-server',
        args: ['-c', file],
        env: { PATH: `${process.env['PATH']}:/usr/sbin` },
      };
    },
  };
}
