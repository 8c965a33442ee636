import { Observable, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createBudget, createClient, isLost, isRushesError, type Snapshot } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { body, inTurn, provider, ref, refused, said, scripted } from './scripted.js';
import { Viewer } from './viewer.js';

const input = { model: 'doubao-seedance-2-0', prompt: 'a paper boat' };

function shop(script: Parameters<typeof scripted>[1], more: object = {}) {
  const clock = createClock();
  const server = scripted(clock, script);
  const client = createClient(provider(), { transport: server.transport, scheduler: clock, ...more });
  return { clock, server, client };
}

describe('what comes from elsewhere', () => {
  it.each([
    5,
    null,
    undefined,
    {},
    { task: null, status: 'completed' },
    { task: ref, status: 'done' },
    { task: { ...ref, id: 'x' }, status: 'completed' },
  ])('is no snapshot of the task: %o', (said) => {
    const source = new Subject<Snapshot>();
    const viewer = new Viewer(createClient(() => source).watch(ref));
    source.next(said as Snapshot);
    expect(viewer.heard).toEqual([]);
    expect(viewer.error).toMatchObject({ code: 'BAD_RESPONSE', task: ref });
  });

  it('may be an error of another copy of the library', () => {
    const foreign = Object.assign(new Error('boom'), {
      code: 'UNAVAILABLE',
      task: ref,
      lastSnapshot: {},
      [Symbol.for('rushes.error')]: true,
    });
    const viewer = new Viewer(createClient(() => new Observable<Snapshot>((s) => s.error(foreign))).watch(ref));
    expect([viewer.heard, viewer.error]).toEqual([[], foreign]);
  });

  it('is a seed only with what its status needs', () => {
    const client = createClient(() => of());
    expect(() => client.watch({ task: ref, status: 'failed' } as unknown as Snapshot)).toThrow(
      /^task\.error\.message: expected a string/,
    );
    const seed = { task: { ...ref, note: 'mine' }, status: 'completed' } as unknown as Snapshot;
    expect(new Viewer(client.watch(seed)).heard).toEqual([{ task: ref, status: 'completed', providerStatus: '' }]);
  });
});

describe('a task that was just made', () => {
  it('is not lost to a web page, since its origin has answered well', async () => {
    const { clock, client } = shop((nth, { method }) =>
      method === 'POST' ? said('queued') : inTurn(refused(200, '<html>'), said('completed'))(nth - 1),
    );
    const viewer = new Viewer(client.run(input));
    await clock.advance(60_000);
    expect(viewer.last?.status).toBe('completed');
  });

  it('has its body where bodies are wanted', async () => {
    const { clock, client } = shop(() => said('queued'), { raw: true });
    const made = client.create(input);
    await clock.advance(1_000);
    expect((await made).raw).toEqual(JSON.parse(body('queued')));
  });

  it('whose answer cannot be understood is ambiguous', async () => {
    const clock = createClock();
    const { transport } = scripted(clock, () => said('queued'));
    const broken = {
      ...provider(),
      hear: () => {
        throw new Error('hear boom');
      },
    };
    const made = createClient(broken, { transport, scheduler: clock })
      .create(input)
      .catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await made).toMatchObject({ code: 'CREATE_AMBIGUOUS' });
  });

  it('frees its place in the budget when nobody waits for its answer any more, which is heard all the same', async () => {
    const { clock, server } = shop((_, { method }) =>
      method === 'POST' ? said('queued', {}, 200_000) : said('completed'),
    );
    const narrow = createBudget({ concurrency: 1, scheduler: clock });
    const single = createClient(provider(), {
      transport: server.transport,
      scheduler: clock,
      createTimeoutMs: 5_000,
      budget: narrow,
    });
    const kinds: string[] = [];
    single.activity.subscribe(({ kind }) => kinds.push(kind));
    const made = single.create(input).catch((error: unknown) => isRushesError(error) && error.code);
    const read = single.read(ref);
    await clock.advance(6_000);
    expect(await made).toBe('CREATE_AMBIGUOUS');
    expect((await read).status).toBe('completed');
    await clock.advance(200_000);
    expect(kinds).toContain('created');
  });
});

describe('an answer that words an error of the gateway as a status', () => {
  it.each([
    '{"status":"error","message":"Too many requests"}',
    '{"status":"fail","msg":"busy","data":{}}',
    '{"success":false,"status":"failed","message":"try again"}',
  ])('ends no task: %s', async (text) => {
    const { clock, client } = shop(inTurn(refused(200, text), said('completed')));
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(60_000);
    expect(viewer.heard.map(({ status }) => status)).toEqual(['completed']);
  });

  it.each([
    '{"status":"failed"}',
    '{"status":"error","error":{"message":"no"}}',
    `{"id":"${ref.id}","status":"error","message":"no"}`,
  ])('is the end of a task that says what it is: %s', async (text) => {
    const { clock, client } = shop(inTurn(refused(200, text)));
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(60_000);
    expect(viewer.end).toBe('complete');
  });
});

describe('a watch that is lost', () => {
  it('to its deadline is told of, too', async () => {
    const { clock, client } = shop(() => said('queued'));
    const lost: unknown[] = [];
    client.activity.subscribe((activity) => activity.kind === 'lost' && lost.push(activity.error.code));
    const viewer = new Viewer(client.watch(ref, { deadlineMs: 5_000 }));
    await clock.advance(60_000);
    expect([lost, isLost(viewer.error)]).toEqual([['DEADLINE'], true]);
  });

  it('to a key that went bad keeps its handle', async () => {
    const clock = createClock();
    const { transport } = scripted(clock, () => said('queued'));
    let key = 'sk-good-0123456789';
    const { cometapi } = await import('../../src/index.js');
    const client = createClient(cometapi({ apiKey: () => key }), { transport, scheduler: clock });
    const viewer = new Viewer(client.watch(ref));
    await clock.advance(1_000);
    key = 'sk-bad\nkey';
    await clock.advance(60_000);
    expect(isLost(viewer.error) && viewer.error.task).toEqual(ref);
  });
});
