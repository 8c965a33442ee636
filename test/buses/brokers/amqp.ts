import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Broker, type BrokerPlan, freePort } from './broker.js';

/** A rabbitmq-server that is there for one file of tests. */
export interface Rabbit {
  readonly broker: Broker;
  close(): Promise<void>;
}

/** A rabbitmq-server, and the port mapper that Erlang leaves behind unless somebody ends it. */
export async function startRabbit(): Promise<Rabbit> {
  const [mapperPort, clusterPort] = [await freePort(), await freePort()];
  const mapper = { ERL_EPMD_ADDRESS: '127.0.0.1', ERL_EPMD_PORT: `${mapperPort}` };
  const broker = await Broker.start(rabbitmqServer(mapper, clusterPort));
  return {
    broker,
    async close() {
      await broker.close();
      execFileSync('epmd', ['-kill'], { env: { ...process.env, ...mapper }, stdio: 'ignore' });
    },
  };
}

function rabbitmqServer(mapper: Readonly<Record<string, string>>, clusterPort: number): BrokerPlan {
  return {
    name: 'rabbitmq-server',
    startsWithinMs: 60_000,
    command: ({ port, folder }) => {
      mkdirSync(join(folder, 'log'), { recursive: true });
      writeFileSync(join(folder, 'plugins'), '[].\n');
      rmSync(join(folder, 'log', 'broker.log'), { force: true });
      return {
        program: '/usr/lib/rabbitmq/bin/rabbitmq-server',
        args: ['-noinput'],
        env: {
          ...mapper,
          HOME: folder,
          // Then the shell that starts it becomes it, and a signal gets there.
          RABBITMQ_ALLOW_INPUT: '1',
          RABBITMQ_CONF_ENV_FILE: join(folder, 'none'),
          RABBITMQ_CONFIG_FILE: join(folder, 'rabbitmq'),
          RABBITMQ_DIST_PORT: `${clusterPort}`,
          RABBITMQ_ENABLED_PLUGINS_FILE: join(folder, 'plugins'),
          RABBITMQ_LOG_BASE: join(folder, 'log'),
          RABBITMQ_LOGS: join(folder, 'log', 'broker.log'),
          RABBITMQ_MNESIA_BASE: join(folder, 'mnesia'),
          RABBITMQ_NODE_IP_ADDRESS: '127.0.0.1',
          RABBITMQ_NODE_PORT: `${port}`,
          RABBITMQ_NODENAME: `rushes${port}@localhost`,
          RABBITMQ_PID_FILE: join(folder, 'pid'),
        },
      };
    },
    isReady: async ({ folder }) =>
      readFileSync(join(folder, 'log', 'broker.log'), 'utf8').includes('Server startup complete'),
  };
}
