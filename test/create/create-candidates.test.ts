import { describe, expect, it } from 'vitest';
import { createCandidates } from '../../src/create/create-candidates.js';
import { ark, cometapi, createClient, fetchTransport, type RushesError } from '../../src/index.js';
import { createClock, createSimulator, type FaultScript } from '../../src/testing/index.js';
import { instant } from '../watch/stage.js';
import { reasonOf } from './studio.js';

const apiKey = 'sk-canary-0123456789abcdef';
const baseUrl = 'http://localhost/ark';
const provider = ark({ apiKey, baseUrl });
const model = 'doubao-seedance-2-0-260128';

/** Ark, where a task of this model was made before, one whose answer was lost, and one after, an hour apart each. */
async function lostAnswer(faults: FaultScript = () => undefined) {
  const clock = createClock();
  const sim = createSimulator({
    scheduler: clock,
    faults: (request) =>
      request.operation === 'create' && request.nth === 2 ? { kind: 'reset', carriedOut: true } : faults(request),
  });
  const transport = fetchTransport({ fetch: sim.fetch });
  const client = createClient(provider, { transport, scheduler: clock });
  const create = async (asked = model) => {
    const made = reasonOf(client.create({ model: asked, prompt: 'a paper boat' }));
    await clock.advance(1_000);
    return made;
  };
  await create();
  await clock.advance(3_600_000);
  const { create: trace } = (await create()) as RushesError;
  await create('another-model');
  await clock.advance(3_600_000);
  await create();
  if (!trace) throw new Error('nothing was lost');
  const lost = sim.tasks[1]?.id as string;
  const look = (options = {}) => createCandidates(provider, trace, { transport, scheduler: clock, ...options });
  return { clock, sim, trace, lost, look, transport };
}

const ids = (snapshots: readonly { readonly task: { readonly id: string } }[]) => snapshots.map(({ task }) => task.id);

describe('the candidates of an ambiguous create', () => {
  it('are the tasks of its model that were created around the time when it was sent', async () => {
    const { look, lost, sim } = await lostAnswer();
    const found = await look();
    expect(ids(found)).toEqual([lost]);
    expect(found[0]).toMatchObject({ task: { provider: 'ark', id: lost }, model });
    const asked = sim.requests.filter(({ operation }) => operation === 'list');
    expect(asked.map(({ method }) => method)).toEqual(['GET', 'GET']);
  });

  it('are as many as there are: none is picked', async () => {
    const { look, sim } = await lostAnswer();
    expect(ids(await look({ aroundMs: 7_200_000 }))).toEqual(
      sim.tasks
        .filter(({ input }) => input.model === model)
        .map(({ id }) => id)
        .reverse(),
    );
    expect(await look({ aroundMs: 0 })).toHaveLength(1);
  });

  it('are found behind many newer tasks, and nobody looks further than that', async () => {
    const { look, lost, sim } = await lostAnswer();
    for (let i = 0; i < 250; i++) sim.add('ark', { input: { model } });
    expect(ids(await look())).toEqual([lost]);
    expect(sim.requests.filter(({ operation }) => operation === 'list').length).toBe(4);
  });

  it('send nothing but reads of the list, and no task is made', async () => {
    const { look, sim } = await lostAnswer();
    const before = sim.tasks.length;
    for (let i = 0; i < 10; i++) await look();
    expect(sim.tasks).toHaveLength(before);
  });

  it('reject with what a read would, when the provider cannot be asked', async () => {
    for (const [fault, reason] of [
      [{ kind: 'rateLimited' }, { code: 'RATE_LIMITED', retryable: true }],
      [{ kind: 'html' }, { code: 'UNAVAILABLE', retryable: true }],
      [{ kind: 'reset' }, { code: 'UNAVAILABLE', retryable: true }],
      [{ kind: 'errorBody' }, { code: 'BAD_RESPONSE', retryable: true }],
    ] as const) {
      const { look } = await lostAnswer(({ operation }) => (operation === 'list' ? fault : undefined));
      expect(await reasonOf(look())).toMatchObject(reason);
    }
  });

  it('are not waited for without end', async () => {
    const { look, clock } = await lostAnswer(({ operation }) => (operation === 'list' ? { kind: 'hang' } : undefined));
    const reason = reasonOf(look());
    await clock.advance(30_000);
    expect(await reason).toMatchObject({ code: 'UNAVAILABLE', message: 'no answer came within 30000 ms' });
  });

  it('are not looked for at another place than where it was sent, nor where nothing is listed', async () => {
    const { trace, transport } = await lostAnswer();
    for (const other of [ark({ apiKey, baseUrl, name: 'second' }), ark({ apiKey })]) {
      expect(() => createCandidates(other, trace, { transport })).toThrow(
        expect.objectContaining({
          code: 'INVALID_ARGUMENT',
          message: expect.stringMatching(/^create: expected one at/),
        }),
      );
    }
    const comet = cometapi({ apiKey });
    expect(() => createCandidates(comet, { ...trace, provider: comet.name, baseUrl: comet.baseUrl })).toThrow(
      expect.objectContaining({ code: 'UNSUPPORTED' }),
    );
    expect(() => createCandidates(provider, trace, { aroundMs: -1 })).toThrow('aroundMs: expected');
    expect(() => createCandidates(provider, trace, { around: 1 } as object)).toThrow('options: expected no other');
  });
});

describe('a provider that always lists one more page', () => {
  it('is not asked for ever', async () => {
    const transport = instant(() => JSON.stringify({ items: [{ id: 'cgt-1', status: 'queued' }] }));
    const found = await createCandidates(provider, { provider: 'ark', baseUrl, model, sentAt: 0 }, { transport });
    expect([ids(found), transport.requests.length]).toEqual([['cgt-1'], 50]);
  });
});
