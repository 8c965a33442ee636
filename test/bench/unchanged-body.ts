import { type Figure, inTurn } from './figure.js';
import type { Workers } from './worker.js';

/** P6: what it takes to see that an answer is the one before. */
export async function unchangedBody(workers: Workers): Promise<readonly Figure[]> {
  const { share } = await inTurn(3, ['share'], () => workers.run('unchanged-body'));
  return [
    {
      metric: 'P6',
      what: 'decoding and validating an unchanged body',
      against: 'JSON.parse of it',
      measured: share,
      goal: 0.05,
    },
  ];
}
