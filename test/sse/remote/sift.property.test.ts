import fc from 'fast-check';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RushesError } from '../../../src/index.js';
import { sift } from '../../../src/sse/remote/sift.js';
import { ref } from './scripted-gateway.js';

const denied = new RushesError('UNAUTHORIZED', 'not allowed');

/** What comes of tasks, each denied or not, at a gateway that takes no more than `limit` together. */
async function sifted(areDenied: readonly boolean[], limit = areDenied.length) {
  let tries = 0;
  const found = sift(
    areDenied.map((_, i) => ref(String(i))),
    (part) => {
      tries++;
      return of(part.length > limit || part.some(({ id }) => areDenied[Number(id)]) ? denied : undefined);
    },
  );
  const { refused, mostTasks } = await lastValueFrom(found);
  return { refused: refused.map(({ task }) => Number(task.id)), mostTasks, tries };
}

const indices = (areDenied: readonly boolean[]) => areDenied.flatMap((isDenied, i) => (isDenied ? [i] : []));
const mostTries = (n: number) => (5 * n) / 3 + 2 * Math.log2(n);

describe('sifting', () => {
  it('finds who is refused, and nobody else, in few tries', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 2, maxLength: 100 }).filter((areDenied) => areDenied.includes(true)),
        async (areDenied) => {
          const { refused, mostTasks, tries } = await sifted(areDenied);
          expect([refused, mostTasks]).toEqual([indices(areDenied), undefined]);
          expect(tries).toBeLessThanOrEqual(mostTries(areDenied.length));
        },
      ),
    );
  });

  it('costs as many tries as its comment says where one is refused, every third, or all', async () => {
    const of100 = (isDenied: (i: number) => boolean) => sifted(Array.from({ length: 100 }, (_, i) => isDenied(i)));
    for (let i = 0; i < 100; i++) expect((await of100((j) => j === i)).tries).toBeLessThanOrEqual(4 * Math.log2(100));
    expect((await of100((i) => i % 3 === 2)).tries).toBe(169);
    expect((await of100(() => true)).tries).toBe(106);
  });

  it('finds how many are let in together, and blames nobody for it', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.boolean(), { minLength: 2, maxLength: 100 }),
        fc.integer({ min: 1, max: 99 }),
        async (areDenied, limit) => {
          fc.pre(areDenied.includes(true) || areDenied.length > limit);
          const { refused, mostTasks } = await sifted(areDenied, limit);
          expect(refused.every((i) => areDenied[i])).toBe(true);
          if (mostTasks === undefined) expect(refused).toEqual(indices(areDenied));
          else expect(mostTasks).toBe(limit);
        },
      ),
    );
  });
});
