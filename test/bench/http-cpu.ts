import { type Figure, inTurn } from './figure.js';
import type { Workers } from './worker.js';

/** P3: what one poll takes with the network in it, over the transport for Node. */
export function nodeHttpCpu(workers: Workers): Promise<readonly Figure[]> {
  return compared(workers, ['client over node', 'undici'], {
    metric: 'P3',
    what: 'CPU of a poll over HTTP, Node transport',
    against: 'undici.request + JSON.parse',
    goal: 1.3,
    stretch: 1.1,
  });
}

/** P4: the same over `fetch`. */
export function fetchHttpCpu(workers: Workers): Promise<readonly Figure[]> {
  return compared(workers, ['client over fetch', 'fetch'], {
    metric: 'P4',
    what: 'CPU of a poll over HTTP, fetch transport',
    against: 'global fetch + JSON.parse',
    goal: 1.15,
    stretch: 1.05,
  });
}

async function compared(
  workers: Workers,
  [ours, plain]: readonly [string, string],
  figure: Omit<Figure, 'measured'>,
): Promise<readonly Figure[]> {
  const server = await workers.serve('http-server');
  try {
    const cpu = await inTurn(3, [ours, plain], (side) => workers.run('http-cpu', side, server.line));
    return [{ ...figure, measured: (cpu[ours] as number) / (cpu[plain] as number) }];
  } finally {
    server.close();
  }
}
