import { describe, expect, it } from 'vitest';
import { ark, type SentRequest } from '../../src/index.js';
import { type Answer, refused } from './scripted.js';
import { stage } from './stage.js';
import { Viewer } from './viewer.js';

const task = { provider: 'ark', id: 'cgt-1' } as const;
const queued = refused(200, JSON.stringify({ id: task.id, status: 'queued' }));
const refusal = (status: number) =>
  refused(status, JSON.stringify({ error: { code: 'ResourceNotFound', message: 'no' } }));
const gone = refusal(404);

/** An Ark that deletes, and whose n-th read is answered so. */
function server(...reading: readonly Answer[]) {
  let nth = 0;
  const script = (_: number, { method }: SentRequest) =>
    method === 'DELETE' ? refused(200, '{}') : (reading[Math.min(nth++, reading.length - 1)] as Answer);
  return stage(script, { over: ark({ apiKey: 'key' }), cadence: () => 1_000 });
}

describe('a watch of a task that this client has cancelled', () => {
  it('ends as cancelled when the record is gone, of this client and those made from it', async () => {
    const { clock, client } = server(queued, queued, gone);
    const viewer = new Viewer(client.watch(task));
    await clock.advance(500);
    const outcome = client.with({}).cancel(task);
    await clock.advance(5_000);
    expect(await outcome).toBe('cancelled');
    expect([viewer.end, viewer.last?.status]).toEqual(['complete', 'cancelled']);
    expect(viewer.last).toEqual({
      task,
      status: 'cancelled',
      providerStatus: '',
      error: { message: 'cancelled by this client' },
    });
    const late = new Viewer(client.with({}).watch(task));
    await clock.advance(100);
    expect([late.end, late.last?.status]).toEqual(['complete', 'cancelled']);
  });

  it('is lost when another task is gone', async () => {
    const { clock, client } = server(queued, gone);
    const outcome = client.cancel(task);
    await clock.advance(1_000);
    expect(await outcome).toBe('cancelled');
    const viewer = new Viewer(client.watch({ provider: 'ark', id: 'cgt-2' }));
    await clock.advance(1_000);
    expect(viewer.error).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('is lost when the key is refused, and goes on when the record is still there', async () => {
    const { clock, client } = server(queued, queued, refusal(401));
    const outcome = client.cancel(task);
    await clock.advance(1_000);
    expect(await outcome).toBe('cancelled');
    const viewer = new Viewer(client.watch(task));
    await clock.advance(100);
    expect([viewer.end, viewer.last?.status]).toEqual([undefined, 'queued']);
    await clock.advance(2_000);
    expect(viewer.error).toMatchObject({ code: 'UNAUTHORIZED' });
  });
});
