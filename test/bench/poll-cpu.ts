import { type Figure, inTurn } from './figure.js';
import type { Workers } from './worker.js';

/** P2 and P2b: what one poll takes beside the network. */
export async function pollCpu(workers: Workers): Promise<readonly Figure[]> {
  const ratio = async (rounds: number, ...how: readonly string[]) => {
    const cpu = await inTurn(rounds, ['client', 'pipeline'], (side) => workers.run('poll-cpu', side, ...how));
    return cpu.client / cpu.pipeline;
  };
  const against = 'timer + exhaustMap + takeWhile';
  return [
    {
      metric: 'P2',
      what: 'CPU of a poll, scripted transport, 10,000 tasks',
      against,
      measured: await ratio(3, 'transport'),
      goal: 3,
      stretch: 1.5,
    },
    {
      metric: '',
      what: '  the same when every answer is news',
      against,
      measured: await ratio(2, 'transport', 'news'),
    },
    {
      metric: 'P2b',
      what: 'CPU of a poll over a fetch that answers a Response',
      against,
      measured: await ratio(3, 'fetch'),
      goal: 1.3,
      stretch: 1.15,
    },
  ];
}
