import { describe, expect, it } from 'vitest';
import type { Begun, CreateInput, NewCreate, RushesError } from '../../../src/index.js';
import { RushesError as Failure } from '../../../src/index.js';
import { remote, remoteDefaults } from '../../../src/sse/index.js';
import { createClock, snapshotOf } from '../../../src/testing/index.js';
import { MemoryLedger } from '../../create/memory-ledger.js';
import { reasonOf } from '../../create/studio.js';
import { base, ref, type ScriptedRequest, stage } from './scripted-gateway.js';

const input = { model: 'sora-2', prompt: 'a calm sea', extra: { seed: 7 } } as const;
const made = (request: ScriptedRequest, id = 'made') =>
  void request.answer(201, snapshotOf('queued', { task: ref(id) }));
const keys = (requests: readonly ScriptedRequest[]) => requests.map(({ headers }) => headers['idempotency-key']);

describe('a create through a gateway', () => {
  it('is one POST with a key of its own, in the words of the wire', async () => {
    const { client, requests, pass, clock } = stage({ respond: (request) => made(request) });
    const image = new Blob([new Uint8Array(70_000).map((_, i) => i)], { type: 'image/png' });
    const both = [
      client.create({ ...input, inputReference: image }, { provider: 'test' }),
      client.create(input, { idempotencyKey: 'mine' }),
    ];
    await pass(10);
    expect(await Promise.all(both)).toMatchObject([{ status: 'queued', task: ref('made') }, { status: 'queued' }]);
    const byKey = (key: (name: string) => boolean) =>
      requests.find(({ headers }) => key(headers['idempotency-key'] ?? ''));
    const first = byKey((name) => /^[0-9a-f]{32}$/.test(name));
    const second = byKey((name) => name === 'mine');
    expect([requests.length, first?.method, first?.path]).toEqual([2, 'POST', '/tasks']);
    expect(first?.headers['content-type']).toBe('application/json');
    const sent = JSON.parse(first?.body ?? '') as Record<string, unknown>;
    expect({ ...sent, inputReference: undefined }).toEqual({ ...input, provider: 'test' });
    const bytes = Buffer.from(String(sent['inputReference']).replace('data:image/png;base64,', ''), 'base64');
    expect(bytes.equals(Buffer.from(await image.arrayBuffer()))).toBe(true);
    expect(JSON.parse(second?.body ?? '')).toEqual(input);
    expect(clock.pending).toBe(0);
  });

  it('takes the input as it was at the call', async () => {
    const { remote, last, pass } = stage({ respond: (request) => made(request) });
    const inputReference = new Blob(['image']);
    const mutable = { model: 'sora-2', prompt: 'a calm sea', extra: { seed: 7 }, inputReference };
    const created = remote.create(mutable);
    mutable.prompt = 'a storm';
    mutable.extra.seed = 8;
    await pass(10);
    await created;
    expect(JSON.parse(last().body ?? '')).toMatchObject(input);
  });

  it('is refused at the call when it cannot be', () => {
    const { remote, client, requests } = stage();
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    for (const [wrong, options] of [
      [{ model: '', prompt: 'x' }],
      [{ ...input, extra: circle }],
      [{ ...input, seconds: -1 }],
      [input, { provider: 'Not a name' }],
      [input, { idempotencyKey: 'a b' }],
      [input, { idempotencyKey: '' }],
    ] as [CreateInput, object?][]) {
      expect(() => remote.create(wrong, options)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      expect(() => client.run(wrong, options as never)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    }
    expect(requests).toEqual([]);
  });

  it('is sent again under the same key while its answer is lost', async () => {
    const lost: ((request: ScriptedRequest) => void)[] = [
      (request) => request.break(),
      (request) => request.answer(502, '<html>'),
      (request) => request.answer(500, 'the gateway failed'),
      (request) => request.answer(200, { hello: 1 }),
      (request) => request.answer(201, snapshotOf('queued', { task: { provider: 'other', id: 'x' } })),
      (request) => request.answer(408, {}),
      () => undefined,
      (request) => made(request),
    ];
    const { client, requests, pass, clock } = stage({ respond: (request, nth) => lost[nth]?.(request) });
    const created = client.create(input, { provider: 'test' });
    await pass(220_000);
    expect((await created).task).toEqual(ref('made'));
    expect([requests.length, new Set(keys(requests)).size, clock.pending]).toEqual([8, 1, 0]);
    expect(new Set(requests.map(({ body }) => body)).size).toBe(1);
  });

  it('is one request for as long as a gateway may take, and a broken one is sent again at once', async () => {
    const { client, requests, nth, pass, clock } = stage();
    const created = client.create(input, { provider: 'test' });
    await pass(remoteDefaults.createTimeoutMs - 1);
    expect(requests.length).toBe(1);
    nth(0).break();
    await pass(1_000);
    expect([requests.length, new Set(keys(requests)).size]).toEqual([2, 1]);
    await pass(remoteDefaults.createTimeoutMs - 2_000);
    made(nth(1));
    await pass(10);
    expect((await created).task).toEqual(ref('made'));
    expect([requests.length, clock.pending]).toEqual([2, 0]);
  });

  it.each([
    [40_000, 2],
    [Number.POSITIVE_INFINITY, 1],
  ])('may be given another time, %d ms', async (createTimeoutMs, sent) => {
    const { remote, requests, pass } = stage({ createTimeoutMs });
    remote.create(input, { provider: 'test' }).catch(() => undefined);
    await pass(79_000);
    expect(requests.length).toBe(sent);
  });

  it('takes an answer that comes late, and takes back no request', async () => {
    const { remote, requests, nth, pass, clock } = stage();
    const created = remote.create(input, { provider: 'test' });
    await pass(400_000);
    expect(requests.length).toBeGreaterThan(2);
    expect(requests.every(({ state }) => state === 'waiting')).toBe(true);
    made(nth(0));
    await pass();
    expect((await created).task).toEqual(ref('made'));
    expect([requests.filter(({ state }) => state === 'left'), clock.pending]).toEqual([[], 0]);
  });

  it('is ambiguous only when patience is over, and can be taken up again by its key', async () => {
    let isBack = false;
    const { client, requests, pass, clock } = stage({
      retry: { giveUpAfterMs: 60_000 },
      respond: (request) => (isBack ? made(request) : void request.answer(504, '', { 'x-request-id': 'r-1' })),
    });
    const created = reasonOf(client.create(input, { provider: 'test' }));
    await pass(70_000);
    const error = (await created) as RushesError<'CREATE_AMBIGUOUS'>;
    expect(error).toMatchObject({
      code: 'CREATE_AMBIGUOUS',
      retryable: false,
      create: { provider: 'test', baseUrl: base, model: 'sora-2', status: 504, requestIds: { 'x-request-id': 'r-1' } },
    });
    expect([error.create?.idempotencyKey, clock.pending]).toEqual([keys(requests)[0], 0]);
    isBack = true;
    const again = client.create(input, { provider: 'test', idempotencyKey: error.create?.idempotencyKey });
    await pass(10);
    expect((await again).task).toEqual(ref('made'));
    expect(new Set(keys(requests)).size).toBe(1);
  });

  it.each<[number, unknown, object]>([
    [400, { code: 'INVALID_ARGUMENT', message: 'create.model: no' }, { code: 'INVALID_ARGUMENT' }],
    [403, { code: 'UNAUTHORIZED', message: 'not allowed' }, { code: 'UNAUTHORIZED' }],
    [401, '', { code: 'UNAUTHORIZED' }],
    [409, { code: 'INVALID_ARGUMENT', message: 'key used' }, { code: 'INVALID_ARGUMENT', message: 'key used' }],
    [422, { code: 'REJECTED', message: 'policy' }, { code: 'REJECTED', message: 'policy' }],
    [429, { code: 'RATE_LIMITED', message: 'later' }, { code: 'RATE_LIMITED', retryable: true, retryAfterMs: 7_000 }],
    [502, { code: 'UNAVAILABLE', message: 'refused' }, { code: 'UNAVAILABLE', retryable: true }],
    [404, 'there is nothing here', { code: 'UNSUPPORTED' }],
    [404, { code: 'UNSUPPORTED', message: 'nothing' }, { code: 'UNSUPPORTED', message: 'nothing' }],
    [404, { code: 'NOT_FOUND', message: 'no such model' }, { code: 'NOT_FOUND' }],
    [405, 'not with this method', { code: 'UNSUPPORTED' }],
    [413, 'too large', { code: 'REJECTED' }],
    [302, '', { code: 'REJECTED' }],
    [307, '', { code: 'REJECTED' }],
  ])('is what the gateway says when it refuses: %i %j', async (status, body, error) => {
    const ledger = new MemoryLedger(createClock());
    const { remote, requests, pass } = stage({
      ledger,
      respond: (request) => void request.answer(status, body, { 'retry-after': '7' }),
    });
    const created = reasonOf(remote.create(input, { provider: 'test' }));
    await pass(60_000);
    expect(await created).toMatchObject(error);
    expect([requests.length, ledger.lastOf('key-1')]).toEqual([1, 'refused']);
  });

  it.each<[number, unknown]>([
    [403, { code: 'UNAUTHORIZED', message: 'not allowed' }],
    [409, { code: 'CREATE_AMBIGUOUS', message: 'nobody knows' }],
    [400, { code: 'INVALID_ARGUMENT', message: 'no' }],
  ])('stays ambiguous when a lost answer is followed by a refusal (%i)', async (status, body) => {
    const ledger = new MemoryLedger(createClock());
    const { remote, requests, pass } = stage({
      ledger,
      respond: (request, nth) => void (nth === 0 ? request.break() : request.answer(status, body)),
    });
    const created = reasonOf(remote.create(input, { provider: 'test' }));
    await pass(60_000);
    expect(await created).toMatchObject({ code: 'CREATE_AMBIGUOUS', create: { key: 'key-1', status } });
    expect([requests.length, ledger.lastOf('key-1')]).toEqual([2, 'ambiguous']);
  });

  it('is ambiguous at once when the gateway says that nobody knows', async () => {
    const ledger = new MemoryLedger(createClock());
    const { remote, requests, pass } = stage({
      ledger,
      respond: (request) => void request.answer(409, { code: 'CREATE_AMBIGUOUS', message: 'nobody knows' }),
    });
    const created = reasonOf(remote.create(input, { provider: 'test', idempotencyKey: 'mine' }));
    await pass(60_000);
    expect(await created).toMatchObject({ code: 'CREATE_AMBIGUOUS', create: { idempotencyKey: 'mine' } });
    expect([requests.length, ledger.lastOf('key-1')]).toEqual([1, 'ambiguous']);
  });

  it('waits out pauses after a lost answer, but not without end', async () => {
    const { remote, requests, pass } = stage({
      retry: { giveUpAfterMs: 100_000 },
      respond: (request, nth) =>
        void (nth === 0
          ? request.break()
          : request.answer(429, { code: 'RATE_LIMITED', message: 'x' }, { 'retry-after': '30' })),
    });
    const created = reasonOf(remote.create(input, { provider: 'test' }));
    await pass(200_000);
    expect(await created).toMatchObject({ code: 'CREATE_AMBIGUOUS' });
    expect(requests.length).toBeGreaterThan(3);
  });

  it('is no ambiguity while nothing can have left', async () => {
    const cause = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:9'), { code: 'ECONNREFUSED' });
    const clock = createClock();
    const ledger = new MemoryLedger(clock);
    let asked = 0;
    const fetch = async () => {
      asked++;
      throw Object.assign(new TypeError('fetch failed'), { cause });
    };
    const created = reasonOf(remote(base, { fetch, scheduler: clock, ledger }).create(input, { provider: 'test' }));
    await clock.advance(700_000);
    expect(await created).toMatchObject({ code: 'UNAVAILABLE', retryable: true });
    expect([asked > 5, ledger.lastOf('key-1'), clock.pending]).toEqual([true, 'refused', 0]);
  });

  it('is never taken for made when the platform followed a redirect', async () => {
    const clock = createClock();
    const fetch = async () => {
      const response = new Response(JSON.stringify(snapshotOf('queued', { task: ref('x') })), { status: 200 });
      return Object.defineProperty(response, 'redirected', { value: true });
    };
    const created = reasonOf(remote(base, { fetch, scheduler: clock }).create(input, { provider: 'test' }));
    await clock.advance(1_000);
    expect(await created).toMatchObject({ code: 'CREATE_AMBIGUOUS' });
  });

  it('asks for new headers once after a 401, under the same key', async () => {
    let asked = 0;
    const { remote, requests, pass } = stage({
      headers: () => ({ authorization: `Bearer ${++asked}`, 'idempotency-key': 'not this one' }),
      respond: (request, nth) => (nth === 0 ? void request.answer(401) : made(request)),
    });
    const created = remote.create(input);
    await pass(10);
    await created;
    expect(requests.map(({ headers }) => headers['authorization'])).toEqual(['Bearer 1', 'Bearer 2']);
    expect([new Set(keys(requests)).size, keys(requests)[0]?.length]).toEqual([1, 32]);
  });
});

describe('a create with a ledger', () => {
  it('is noted before it is sent, and its task before it is told', async () => {
    const steps: string[] = [];
    const clock = createClock();
    const ledger = new MemoryLedger(clock, { takesMs: 5, onStep: (step) => steps.push(step) });
    const { remote, pass } = stage({
      ledger,
      respond: (request) => {
        steps.push('POST');
        made(request);
      },
    });
    const created = remote.create(input, { provider: 'test', idempotencyKey: 'mine' }).then(() => steps.push('told'));
    for (let i = 0; i < 4; i++) {
      await clock.advance(5);
      await pass(5);
    }
    await created;
    expect(steps).toEqual(['begin', 'begin done', 'POST', 'note', 'note done', 'told']);
    expect(ledger.creates.get('key-1')?.create).toMatchObject({
      provider: 'test',
      baseUrl: base,
      idempotencyKey: 'mine',
      input,
    });
    expect(ledger.lastOf('key-1')).toBe('created');
  });

  it('has to say at which provider', () => {
    const { remote } = stage({ ledger: new MemoryLedger(createClock()) });
    expect(() => remote.create(input)).toThrow(/create options\.provider/);
  });

  it('is not sent when it cannot be noted', async () => {
    const ledger = new MemoryLedger(createClock(), { fails: ['begin'] });
    const { remote, requests, pass } = stage({ ledger });
    const created = reasonOf(remote.create(input, { provider: 'test' }));
    await pass(1_000);
    expect(await created).toMatchObject({ code: 'LEDGER_FAILED', retryable: true });
    expect(requests).toEqual([]);
  });

  it('is told, and so is the failure, when what became of it cannot be noted', async () => {
    const failures: RushesError[] = [];
    const ledger = new MemoryLedger(createClock(), { fails: ['note', 'end'] });
    const { remote, client, last, pass } = stage({
      ledger,
      onLedgerFailed: (error) => failures.push(error),
      respond: (request) => (request.method === 'POST' ? made(request) : void request.open()),
    });
    const created = remote.create(input, { provider: 'test' });
    await pass(10);
    expect((await created).task).toEqual(ref('made'));
    client.watch(ref('made')).subscribe();
    await pass();
    last().say('completed', 'made');
    await pass();
    expect(failures).toMatchObject([
      { code: 'LEDGER_FAILED', task: ref('made') },
      { code: 'LEDGER_FAILED', task: ref('made') },
    ]);
  });

  class OpenLedger extends MemoryLedger {
    override async begin(create: NewCreate): Promise<Begun> {
      if (create.idempotencyKey === 'known')
        return { kind: 'known', snapshot: snapshotOf('queued', { task: ref('old') }) };
      await super.begin(create);
      const trace = { provider: 'test', baseUrl: base, model: 'sora-2', sentAt: 0, key: 'key-1', requestIds: {} };
      throw new Failure('CREATE_AMBIGUOUS', 'it is open', { create: trace });
    }
  }

  it('is not sent again when the ledger knows its task', async () => {
    const { remote, requests } = stage({ ledger: new OpenLedger(createClock()) });
    const snapshot = await remote.create(input, { provider: 'test', idempotencyKey: 'known' });
    expect([snapshot.task, requests.length]).toEqual([ref('old'), 0]);
  });

  it('is sent again when the ledger has it open, under the same key, and noted there', async () => {
    const ledger = new OpenLedger(createClock());
    const { remote, last, pass } = stage({ ledger, respond: (request) => made(request) });
    const created = remote.create(input, { provider: 'test', idempotencyKey: 'open' });
    await pass(10);
    expect((await created).task).toEqual(ref('made'));
    expect([last().headers['idempotency-key'], ledger.lastOf('key-1')]).toEqual(['open', 'created']);
  });

  it('stays open in the ledger when it was open and is refused now', async () => {
    const ledger = new OpenLedger(createClock());
    const { remote, pass } = stage({ ledger, respond: (request) => void request.answer(403) });
    const created = reasonOf(remote.create(input, { provider: 'test', idempotencyKey: 'open' }));
    await pass(10);
    expect(await created).toMatchObject({ code: 'CREATE_AMBIGUOUS', create: { key: 'key-1', idempotencyKey: 'open' } });
    expect(ledger.lastOf('key-1')).toBe('ambiguous');
  });

  it('notes a task whose answer comes after it was given up', async () => {
    const ledger = new MemoryLedger(createClock());
    const { remote, nth, pass } = stage({ ledger, retry: { giveUpAfterMs: 40_000 } });
    const created = reasonOf(remote.create(input, { provider: 'test' }));
    await pass(200_000);
    expect(await created).toMatchObject({ code: 'CREATE_AMBIGUOUS' });
    expect(ledger.lastOf('key-1')).toBe('ambiguous');
    made(nth(0));
    await pass();
    expect(ledger.lastOf('key-1')).toBe('created');
  });

  it('tells it of the tasks that are seen to end', async () => {
    const ledger = new MemoryLedger(createClock());
    const { client, remote, pass } = stage({
      ledger,
      respond: (request) => {
        if (request.method === 'DELETE') request.answer(200, { outcome: 'cancelled' });
        else if (request.path.endsWith('/events')) request.open().say('queued', 'a').say('completed', 'a');
        else request.answer(200, snapshotOf('failed', { task: ref('b') }));
      },
    });
    client.watch(ref('a')).subscribe();
    remote.cancel(ref('c'));
    const read = client.read(ref('b'));
    await pass(10);
    await read;
    expect(ledger.ended.map(({ task, status }) => `${task.id} ${status}`).sort()).toEqual([
      'a completed',
      'b failed',
      'c cancelled',
    ]);
  });
});
