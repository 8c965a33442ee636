import { type Figure, inTurn } from './figure.js';
import type { Workers } from './worker.js';

/** P4: what one poll takes with the network in it. */
export async function httpCpu(workers: Workers): Promise<readonly Figure[]> {
  const server = await workers.serve('http-server');
  const cpu = await inTurn(3, ['client', 'fetch'], (side) => workers.run('http-cpu', side, server.line));
  server.close();
  return [
    {
      metric: 'P4',
      what: 'CPU of a poll over HTTP, fetch transport',
      against: 'global fetch + JSON.parse',
      measured: cpu.client / cpu.fetch,
      goal: 1.15,
      stretch: 1.05,
    },
  ];
}
