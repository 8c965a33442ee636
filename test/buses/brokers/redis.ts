import { connect } from 'node:net';
import type { BrokerPlan } from './broker.js';

/** A redis-server that has each write on the disk before it answers. @param more - Settings that count beside, or instead. */
export function redisServer(more: Readonly<Record<string, string>> = {}): BrokerPlan {
  return {
    name: 'redis-server',
    command: ({ port, folder }) => {
      const settings = { appendonly: 'yes', appendfsync: 'always', save: '', ...more };
      const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, ...value.split(' ')]);
      return {
        program: 'redis-server',
        args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...args],
        env: { PATH: `${process.env['PATH']}:/usr/sbin` },
      };
    },
    isReady: ({ port }) => isServing(port),
  };
}

/** Whether it answers: after a restart it takes connections while it still reads its file. */
function isServing(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'));
    socket.once('data', (answer) => {
      resolve(/^\+PONG|^-NOAUTH/.test(String(answer)));
      socket.destroy();
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
