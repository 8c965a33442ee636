import { execFileSync } from 'node:child_process';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  interface ProvidedContext {
    /** The brokers that are here, by their Debian package. */
    brokers: readonly string[];
  }
}

/** How each Debian package is known to be here. */
const packages: Readonly<Record<string, () => unknown>> = {
  'nats-server': () => run('nats-server', '--version'),
  'redis-server': () => run('redis-server', '--version'),
  'rabbitmq-server': () => run('sh', '-c', 'test -x /usr/lib/rabbitmq/bin/rabbitmq-server'),
  mosquitto: () => run('sh', '-c', 'command -v mosquitto'),
  'python3-confluent-kafka': () => run('/usr/bin/python3', '-c', 'import confluent_kafka'),
};

/** Finds the brokers, once for all tests. With CI=true all have to be there, so they are installed if need be. */
export async function setup({ provide }: Pick<TestProject, 'provide'>): Promise<void> {
  if (process.env['CI'] && missing().length > 0) install(missing());
  const absent = missing();
  if (absent.length > 0) console.warn(`The tests on a bus are skipped that need ${absent.join(', ')}: not found here.`);
  provide(
    'brokers',
    Object.keys(packages).filter((name) => !absent.includes(name)),
  );
}

function missing(): string[] {
  return Object.entries(packages)
    .filter(([, find]) => {
      try {
        find();
        return false;
      } catch {
        return true;
      }
    })
    .map(([name]) => name);
}

function install(names: readonly string[]): void {
  for (const args of [['update'], ['install', '--yes', '--no-install-recommends', ...names]]) {
    execFileSync('apt-get', args, {
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}

/** Debian keeps servers in /usr/sbin, which is not everybody's path. */
function run(program: string, ...args: readonly string[]): void {
  const env = { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin` };
  execFileSync(program, args, { env, stdio: 'ignore' });
}
