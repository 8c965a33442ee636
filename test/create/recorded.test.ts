import { firstValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { ark, cometapi, isTerminal, type LiveSnapshot, recorded, type Snapshot } from '../../src/index.js';
import { type Answer, canary, ref, refused, said } from '../watch/scripted.js';
import { held, stage } from '../watch/stage.js';
import { Viewer } from '../watch/viewer.js';

const unknownYet = refused(400, '{"code":"task_not_exist","message":"task_not_exist","data":null}');
const baseUrl = 'https://api.cometapi.com';
const queued = held('queued', { task: Object.freeze({ ...ref }) }) as LiveSnapshot;

/** A client before a server that knows the task from its n-th read on, and a task that was created so long ago. */
function resumed(knownFrom: number, createdAgoMs: number) {
  const script = (nth: number): Answer => (nth < knownFrom ? unknownYet : said('in_progress'));
  const set = stage(script, { cadence: () => 5_000, retry: { initialMs: 1_000, maxMs: 5_000 } });
  return { ...set, seed: recorded(queued, { createdAt: set.clock.now() - createdAgoMs, baseUrl }) };
}

describe('a task that a ledger gives back', () => {
  it('is as it was, frozen, and looks like any other', () => {
    const given = recorded(queued, { createdAt: 1, baseUrl });
    expect([given, JSON.stringify(given), Object.isFrozen(given)]).toEqual([queued, JSON.stringify(queued), true]);
    expect(structuredClone(given)).toEqual(queued);
  });

  it('is waited for when it was created only just now', async () => {
    const { clock, client, seed } = resumed(4, 5_000);
    const viewer = new Viewer(client.watch(seed));
    await clock.advance(24_000);
    viewer.leave();
    expect(viewer.heard.map(({ status }) => status)).toEqual(['queued', 'in_progress']);
  });

  it.each([
    [29_000, 'is given up only later'],
    [31_000, 'is given up at once'],
    [3_600_000, 'is given up at once'],
  ])('that was created %i ms ago and is not found %s', async (agoMs, when) => {
    const { clock, client, seed } = resumed(Number.POSITIVE_INFINITY, agoMs);
    const viewer = new Viewer(client.watch(seed));
    await clock.advance(200);
    expect(viewer.end !== undefined).toBe(when === 'is given up at once');
    await clock.advance(60_000);
    expect(viewer.error).toMatchObject({ code: 'NOT_FOUND', task: ref });
  });

  it('is given up at once when it was found before', async () => {
    const script = (nth: number): Answer => (nth === 0 ? said('queued') : unknownYet);
    const { clock, client } = stage(script, { cadence: () => 1_000 });
    const viewer = new Viewer(client.watch(recorded(queued, { createdAt: clock.now(), baseUrl })));
    await clock.advance(2_000);
    expect(viewer.error).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('has no such grace as a snapshot that anybody might hold', async () => {
    const { clock, client } = stage([unknownYet]);
    const viewer = new Viewer(client.watch({ ...queued, createdAt: clock.now() } as Snapshot));
    await clock.advance(200);
    expect(viewer.error).toMatchObject({ code: 'NOT_FOUND' });
  });

  it('has its grace among many, too', async () => {
    const { clock, client, seed } = resumed(2, 1_000);
    const events: string[] = [];
    const watching = client
      .watchAll([seed])
      .subscribe((event) => events.push(event.kind === 'snapshot' ? event.snapshot.status : event.kind));
    await clock.advance(20_000);
    watching.unsubscribe();
    expect(events).toEqual(['queued', 'in_progress']);
  });
});

describe('a task that was created at another origin', () => {
  const elsewhere = recorded(queued, { createdAt: 1, baseUrl: 'https://gateway.test/comet' });
  const refusal =
    'task: expected a task of cometapi at https://api.cometapi.com, where this client asks, received "https://gateway.test/comet"';

  it('is refused at the call, and no key goes anywhere', async () => {
    const { clock, client, server } = stage([said('queued')]);
    for (const call of ['watch', 'read', 'result', 'cancel', 'content'] as const) {
      expect(() => client[call](elsewhere)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      expect(() => client[call](elsewhere)).toThrow(refusal);
    }
    await clock.advance(60_000);
    expect(server.requests).toEqual([]);
  });

  it('is lost among many, and the others go on', async () => {
    const { clock, client, server } = stage([said('completed')]);
    const other = { provider: 'cometapi', id: 'task_1' };
    const events: object[] = [];
    client
      .watchAll([
        recorded(
          { ...queued, task: Object.freeze({ ...ref, id: 'task_2' }) },
          { createdAt: 1, baseUrl: 'https://gateway.test' },
        ),
        other,
      ])
      .subscribe((event) => events.push(event));
    await clock.advance(1_000);
    expect(events).toMatchObject([
      { kind: 'lost', task: { id: 'task_2' }, error: { code: 'INVALID_ARGUMENT' } },
      { kind: 'snapshot', snapshot: { status: 'completed' } },
    ]);
    expect(server.requests).toHaveLength(1);
  });

  it('is taken where only the path is another: the origin is who gets the key', async () => {
    const { clock, client } = stage([said('completed')]);
    const moved = recorded(queued, { createdAt: 1, baseUrl: 'https://api.cometapi.com/beta' });
    const last = client.result(moved);
    await clock.advance(1_000);
    expect(isTerminal(await last)).toBe(true);
  });

  it('is asked about at its own among several providers', async () => {
    const over = [cometapi({ apiKey: canary }), ark({ apiKey: canary })];
    const { clock, client, server } = stage([refused(200, '{"id":"cgt-1","status":"queued"}')], { over });
    const task = Object.freeze({ provider: 'ark', id: 'cgt-1' });
    const own = recorded({ ...queued, task }, { createdAt: 1, baseUrl: over[1]?.baseUrl ?? '' });
    const first = firstValueFrom(client.watch(own));
    await clock.advance(100);
    expect((await first).task).toEqual(task);
    expect(() => client.watch(recorded({ ...queued, task }, { createdAt: 1, baseUrl }))).toThrow('a task of ark at');
    expect(server.requests.every(({ request }) => request.url.includes('ark.ap-southeast'))).toBe(true);
  });
});
