import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrokerPlan } from './broker.js';

/** How a mosquitto is set up. */
export interface MosquittoOptions {
  /** Whether it writes to disk what it has, each time it has dealt with what came in. @defaultValue `false` */
  readonly persistent?: boolean;
  /** More files of its folder by their names, such as users. */
  readonly files?: Readonly<Record<string, string>>;
  /** More lines of its configuration, made for its folder. @defaultValue everybody may do everything */
  readonly lines?: (folder: string) => readonly string[];
}

/** A mosquitto on its own. */
export function mosquitto(options: MosquittoOptions = {}): BrokerPlan {
  const { persistent = false, files = {}, lines = () => ['allow_anonymous true'] } = options;
  const saving = ['persistence true', 'autosave_on_changes true', 'autosave_interval 1'];
  return {
    name: 'mosquitto',
    command: ({ port, folder }) => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
      const configuration = [
        `listener ${port} 127.0.0.1`,
        'user root',
        'set_tcp_nodelay true',
        'max_queued_messages 0',
        ...(persistent ? [...saving, `persistence_location ${folder}/`] : ['persistence false']),
        ...lines(folder),
      ];
      const file = join(folder, 'mosquitto.conf');
      writeFileSync(file, `${configuration.join('\n')}\n`);
      return { program: 'mosquitto', args: ['-c', file], env: { PATH: `${process.env['PATH']}:/usr/sbin` } };
    },
  };
}
