import { describe, expect, it } from 'vitest';
import { snapshotOf, stage, taskUrl } from './stage.js';

/** A shared cache that keeps whatever it is not told not to keep, by address alone. */
function cacheBefore(handle: (request: Request) => Promise<Response>) {
  const kept = new Map<string, Response>();
  return async (request: Request): Promise<Response> => {
    const hit = kept.get(request.url);
    if (hit) return hit.clone();
    const answer = await handle(request);
    const said = answer.headers.get('cache-control') ?? '';
    if (!/private|no-store/.test(said)) kept.set(request.url, answer.clone());
    return answer;
  };
}

describe('a cache between a gateway and its viewers', () => {
  it('serves nobody what was meant for another, and no denial to who may see', async () => {
    const { handle, news } = stage({ authorize: (request) => request.headers.get('x-user') === 'ann' });
    news.say(snapshotOf('in_progress', { progress: 10 }));
    const through = cacheBefore(handle);
    const status = async (user: string) =>
      (await through(new Request(taskUrl(), { headers: { 'x-user': user } }))).status;
    expect([await status('bob'), await status('ann'), await status('bob'), await status('ann')]).toEqual([
      403, 200, 403, 200,
    ]);
  });

  it('keeps no state of a task', async () => {
    const { handle, news } = stage();
    const through = cacheBefore(handle);
    const progress = async () =>
      ((await (await through(new Request(taskUrl()))).json()) as { progress: number }).progress;
    for (const percent of [10, 20, 30]) {
      news.say(snapshotOf('in_progress', { progress: percent }));
      expect(await progress()).toBe(percent);
    }
  });
});
