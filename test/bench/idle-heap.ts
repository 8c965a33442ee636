import { type Figure, inTurn } from './figure.js';
import type { Workers } from './worker.js';

const tasks = 20_000;

/** P1: what a task weighs while nothing happens to it. */
export async function idleHeap(workers: Workers): Promise<readonly Figure[]> {
  const bytes = await inTurn(3, ['client', 'pipeline'], (side) => workers.run('idle-heap', side, tasks));
  return [
    {
      metric: 'P1',
      what: 'heap of an idle watched task, every feature on',
      against: 'timer + exhaustMap + takeWhile',
      measured: bytes.client / bytes.pipeline,
      goal: 1.2,
      stretch: 0.7,
    },
  ];
}
