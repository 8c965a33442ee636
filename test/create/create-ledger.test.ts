import { describe, expect, it } from 'vitest';
import { cometapi, type Ledger, type Provider, RushesError } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { canary, ref, refused, said } from '../watch/scripted.js';
import { held, type StageOptions, stage } from '../watch/stage.js';
import { Viewer } from '../watch/viewer.js';
import { MemoryLedger, type MemoryLedgerOptions } from './memory-ledger.js';
import { input, reasonOf, studio } from './studio.js';

const secretPrompt = 'the ending that nobody may know';

/** A studio with a ledger; what is done with the ledger takes no time. */
function noted(
  create: Parameters<typeof studio>[0],
  fails: MemoryLedgerOptions['fails'] = [],
  more: StageOptions = {},
) {
  const ledger = new MemoryLedger(createClock(), { fails });
  return { ledger, ...studio(create, { ledger, ...more }) };
}

/** A ledger that answers `begin` so. */
const beginning = (begin: Ledger['begin']): Ledger => Object.assign(new MemoryLedger(createClock()), { begin });

describe('a create with a ledger', () => {
  it('notes where it goes and what it asks for, then what was made', async () => {
    const { clock, client, ledger } = noted(said('queued'));
    const made = client.create(input, { idempotencyKey: 'order-1' });
    await clock.advance(200);
    const snapshot = await made;
    expect([...ledger.creates.values()]).toEqual([
      {
        create: { provider: 'cometapi', baseUrl: 'https://api.cometapi.com', input, idempotencyKey: 'order-1' },
        outcomes: [{ kind: 'created', snapshot }],
      },
    ]);
  });

  it('that cannot be noted is not sent, and may be tried again', async () => {
    const { clock, client, posts, listen, kinds } = noted(said('queued'), ['begin']);
    listen();
    const reason = reasonOf(client.create(input));
    await clock.advance(200);
    expect(await reason).toMatchObject({
      code: 'LEDGER_FAILED',
      message: 'the create could not be noted, so it was not sent: the disk is full at begin',
      retryable: true,
      cause: { code: 'ENOSPC' },
    });
    expect([posts(), kinds()]).toEqual([[], []]);
  });

  it('gives its place back when it cannot be noted', async () => {
    const { clock, client, posts } = noted(said('queued'), ['begin']);
    const reasons = Promise.all(Array.from({ length: 40 }, () => reasonOf(client.create(input))));
    await clock.advance(200);
    expect(new Set((await reasons).map((reason) => (reason as RushesError).code))).toEqual(new Set(['LEDGER_FAILED']));
    expect(posts()).toEqual([]);
  });

  it('whose ledger throws instead of rejecting is not sent either', async () => {
    const ledger = beginning(() => {
      throw new Error('closed');
    });
    const { clock, client, posts } = studio(said('queued'), { ledger });
    const reason = reasonOf(client.create(input));
    await clock.advance(200);
    expect([await reason, posts()]).toMatchObject([{ code: 'LEDGER_FAILED', retryable: true }, []]);
  });

  it('is told to have been made though that cannot be noted, and activity says which task is in no ledger', async () => {
    const { clock, client, listen, activity } = noted(said('queued'), ['note']);
    listen();
    const made = client.create(input);
    await clock.advance(200);
    const snapshot = await made;
    expect(snapshot.task).toEqual(ref);
    expect(activity).toMatchObject([
      { kind: 'ledger-failed', provider: 'cometapi', task: ref, error: { code: 'LEDGER_FAILED', task: ref } },
      { kind: 'created', task: ref, snapshot },
    ]);
  });

  it('says so when it cannot be noted that nobody knows what was made', async () => {
    const { clock, client, listen, activity } = noted(refused(502), ['note']);
    listen();
    const reason = reasonOf(client.create(input));
    await clock.advance(200);
    expect(await reason).toMatchObject({ code: 'CREATE_AMBIGUOUS', create: { key: 'key-1' } });
    expect(activity).toMatchObject([
      { kind: 'ledger-failed', error: { code: 'LEDGER_FAILED' } },
      { kind: 'ambiguous' },
    ]);
    expect(activity[0]).not.toHaveProperty('task');
  });

  it.each<[string, ReturnType<typeof said>, string[]]>([
    ['made', said('queued', {}, 150_000), ['ambiguous', 'created']],
    ['refused', refused(400, '{"error":{"message":"No."}}', {}, 150_000), ['ambiguous', 'refused']],
    ['broken', { kind: 'reset', afterMs: 150_000 }, ['ambiguous']],
  ])('whose answer comes after its time was up is noted as %s then', async (_, answer, outcomes) => {
    const { clock, client, ledger } = noted(answer);
    const reason = reasonOf(client.create(input));
    await clock.advance(120_000);
    expect(await reason).toMatchObject({ code: 'CREATE_AMBIGUOUS' });
    await clock.advance(31_000);
    expect(ledger.creates.get('key-1')?.outcomes.map(({ kind }) => kind)).toEqual(outcomes);
  });

  it('that was made before is that task, without a request', async () => {
    const known = held('in_progress');
    const { clock, client, posts, server } = studio(said('queued'), {
      ledger: beginning(async () => ({ kind: 'known', snapshot: known })),
      cadence: () => 1_000,
    });
    const made = client.create(input, { idempotencyKey: 'order-1' });
    await clock.advance(200);
    expect([await made, server.requests]).toEqual([known, []]);
    const viewer = new Viewer(client.run(input, { idempotencyKey: 'order-1' }));
    await clock.advance(200);
    viewer.leave();
    expect([viewer.heard[0], posts()]).toEqual([known, []]);
  });

  it('that is open under the same name is what the ledger says it is', async () => {
    const open = new RushesError('CREATE_AMBIGUOUS', 'a create named order-1 is open');
    const { clock, client, posts } = studio(said('queued'), { ledger: beginning(() => Promise.reject(open)) });
    const reason = reasonOf(client.create(input, { idempotencyKey: 'order-1' }));
    await clock.advance(200);
    expect([await reason, posts()]).toEqual([open, []]);
  });

  it('sends what it has noted, whatever becomes of its input meanwhile', async () => {
    const { clock, client, posts, ledger } = noted(said('queued'));
    const order = { ...input, prompt: 'as ordered' };
    const made = client.create(order);
    order.prompt = 'changed my mind';
    await clock.advance(200);
    await made;
    expect(ledger.creates.get('key-1')?.create.input.prompt).toBe('as ordered');
    expect(JSON.stringify(posts()[0]?.request.body)).toContain('as ordered');
  });
});

describe('the end of a task that cannot be noted', () => {
  it('is told, and the task has ended all the same', async () => {
    const ledger = new MemoryLedger(createClock(), { fails: ['end'] });
    const { clock, client, listen, activity } = stage([said('completed')], { ledger });
    listen();
    const failures = () => activity.filter(({ kind }) => kind === 'ledger-failed');
    for (const look of [() => client.read(ref), () => client.result(ref)]) {
      const last = look();
      await clock.advance(200);
      expect((await last).status).toBe('completed');
      const error = { code: 'LEDGER_FAILED', task: ref, cause: { code: 'ENOSPC' } };
      expect(failures()).toMatchObject([{ provider: 'cometapi', task: ref, error }]);
      activity.length = 0;
    }
  });
});

describe('the trace of an ambiguous create', () => {
  const headers = { 'x-request-id': 'req-7', 'cf-ray': 'ray-8', 'set-cookie': 'session=1' };

  it('is all that is needed to look it up', async () => {
    const { clock, client } = noted(refused(502, '<html>', headers));
    const reason = reasonOf(client.create(input, { idempotencyKey: 'order-1' }));
    const startMs = clock.now();
    await clock.advance(200);
    expect(((await reason) as RushesError).create).toEqual({
      provider: 'cometapi',
      baseUrl: 'https://api.cometapi.com',
      model: input.model,
      sentAt: startMs,
      key: 'key-1',
      idempotencyKey: 'order-1',
      status: 502,
      requestIds: { 'x-request-id': 'req-7', 'cf-ray': 'ray-8' },
    });
  });

  it('is in the ledger, too', async () => {
    const { clock, client, ledger } = noted(refused(502, '<html>', headers));
    const reason = reasonOf(client.create(input));
    await clock.advance(200);
    const { message } = (await reason) as RushesError;
    expect(ledger.creates.get('key-1')?.outcomes).toEqual([
      { kind: 'ambiguous', message, status: 502, requestIds: { 'x-request-id': 'req-7', 'cf-ray': 'ray-8' } },
    ]);
  });

  it('names no status where there was no answer', async () => {
    const { clock, client } = noted({ kind: 'reset', afterMs: 10 });
    const reason = reasonOf(client.create(input));
    await clock.advance(200);
    const { create } = (await reason) as RushesError;
    expect([create?.requestIds, create && 'status' in create]).toEqual([{}, false]);
  });

  it('is in the JSON of the error, with neither the prompt nor the key of the account', async () => {
    const echo = JSON.stringify({ error: { message: `refused Bearer ${canary}` } });
    const { clock, client } = noted(refused(502, echo, { 'x-request-id': `id of ${canary}` }));
    const reason = reasonOf(client.create({ ...input, prompt: secretPrompt }));
    await clock.advance(200);
    const told = JSON.stringify(await reason);
    expect(JSON.parse(told)).toMatchObject({ code: 'CREATE_AMBIGUOUS', create: { key: 'key-1', status: 502 } });
    for (const secret of [canary, secretPrompt]) expect(told).not.toContain(secret);
  });
});

describe('a name of the caller’s own', () => {
  it.each(['', ' ', 'a b', 'ключ', 'a\n', 'x'.repeat(201), 7, null])('is refused at the call: %j', (idempotencyKey) => {
    const { client, posts } = noted(said('queued'));
    const options = { idempotencyKey: idempotencyKey as string };
    const refusal = 'create.idempotencyKey: expected 1-200 visible ASCII characters, received';
    expect(() => client.create(input, options)).toThrow(refusal);
    expect(() => client.run(input, options)).toThrow(refusal);
    expect(posts()).toEqual([]);
  });

  it('is sent by none of our dialects, and given to a provider that wants it', async () => {
    const own = cometapi({ apiKey: canary });
    const keen: Provider = {
      ...own,
      ask: (operation) => {
        const request = own.ask(operation);
        const { idempotencyKey } = operation.kind === 'create' ? operation : {};
        return idempotencyKey === undefined
          ? request
          : { ...request, headers: { ...request.headers, 'idempotency-key': idempotencyKey } };
      },
    };
    for (const [over, sent] of [
      [own, undefined],
      [keen, 'order-1'],
    ] as const) {
      const { clock, client, posts } = noted(said('queued'), [], { over });
      const made = client.create(input, { idempotencyKey: 'order-1' });
      await clock.advance(200);
      await made;
      expect(posts()[0]?.request.headers['idempotency-key']).toBe(sent);
      expect(JSON.stringify(posts()[0]?.request).includes('order-1')).toBe(sent !== undefined);
    }
  });
});
