import { describe, expect, inject, it, vi } from 'vitest';
import { Layout } from '../../../src/fleet/layout.js';
import { encodeOrder } from '../../../src/fleet/watch-order.js';
import { cometapi } from '../../../src/index.js';
import { nodeTransport } from '../../../src/node.js';
import { isEnd, life, patience, scenes, task } from './fleet-scene.js';

const layout = new Layout('rushes');
const megabyte = 1_000_000;

describe.skipIf(!inject('brokers').includes('nats-server'))('tasks whose end cannot be known', () => {
  const open = scenes();

  it.concurrent('ends each with one event, and delays no other', { timeout: 90_000 }, async ({ onTestFinished }) => {
    const known = new Set<string>();
    const scene = await open({
      onTestFinished,
      faults: ({ operation, id = '', nth }) => {
        if (operation !== 'read' || known.has(id)) return undefined;
        if (id.startsWith('refused') && nth > 2) return { kind: 'serverError', status: 401 };
        if (id.startsWith('vanishes') && nth > 2) return { kind: 'notFound' };
        return id.startsWith('healthy') || /^(refused|vanishes|endless|late)/.test(id)
          ? undefined
          : { kind: 'notFound' };
      },
    });
    const { sim, fleet, js, client, work, events, left, idle } = scene;
    const first = await work();
    await idle();
    first.stop();

    const add = (id: string, endsMs = 1e6) => sim.add('cometapi', { id, timeline: life(endsMs) });
    for (const id of ['vanishes', 'refused', 'endless']) await fleet.submit(task(add(id)));
    await fleet.submit(task('unknown'));
    await fleet.submit(task(add('late')), { deadlineMs: 1 });
    const never = (await client.create({ model: 'sora-2', prompt: 'never found' })).task;
    const soon = (await client.create({ model: 'sora-2', prompt: 'found soon' })).task;
    await fleet.submit({ task: never, status: 'queued', providerStatus: 'queued' });
    await fleet.submit({ task: soon, status: 'queued', providerStatus: 'queued' }, { deadlineMs: 12_000 });

    const poison: Record<string, string | Uint8Array> = {
      garbage: 'no order',
      newer: '{"v":2,"ref":{"provider":"cometapi","id":"newer"},"deadlineMs":1000}',
      'of-another': encodeOrder({ ref: task('other'), deadlineMs: 1_000, isNew: false }),
      huge: new Uint8Array(megabyte).fill(0x20),
      'huge-order': encodeOrder({ ref: task('huge-order'), deadlineMs: 1_000, isNew: false }).padEnd(megabyte),
    };
    for (const [id, payload] of Object.entries(poison)) await js.publish(layout.pollSubject(task(id)), payload);
    const noTokens = ['no.token', '=', 'é', 'a=41'];
    // Of these there can be no news.
    const nothing = ['=2E=2E', '=2E', '=00', 'x'.repeat(600), '€'.repeat(500), '\u0001'];
    for (const token of [...noTokens, ...nothing]) await js.publish(`rushes.poll.0.cometapi.${token}`, 'no order');

    const worker = await work();
    const healthy = Array.from({ length: 20 }, (_, i) => add(`healthy-${i}`, 1_000));
    for (const id of healthy) await fleet.submit(task(id));
    await vi.waitFor(async () => {
      expect(worker.told.end).toBeUndefined();
      const completed = (await events()).filter(({ type }) => type === 'completed');
      expect(completed.map(({ id }) => id).sort()).toEqual([...healthy].sort());
    }, patience);
    expect((await events()).some(({ id }) => id === never.id)).toBe(false);
    known.add(soon.id);
    await vi.waitFor(async () => expect((await left()).messages).toBe(1), { timeout: 60_000, interval: 200 });
    const forgotten = await fleet.forget(task('endless'));
    expect(forgotten).toBe('forgotten');

    const stored = await events();
    const ends = new Map<string, string[]>();
    for (const { id, code, type } of stored.filter(isEnd)) ends.set(id, [...(ends.get(id) ?? []), code ?? type]);
    const of = (...ids: string[]) => ids.map((id) => ends.get(id));
    expect(of('unknown', 'vanishes', never.id)).toEqual([['NOT_FOUND'], ['NOT_FOUND'], ['NOT_FOUND']]);
    expect(of('refused')).toEqual([['UNAUTHORIZED']]);
    expect(of('late', soon.id)).toEqual([['DEADLINE'], ['DEADLINE']]);
    expect(of(...Object.keys(poison))).toEqual(Object.keys(poison).map(() => ['INVALID_ARGUMENT']));
    expect([...ends.values()].every((its) => its.length === 1)).toBe(true);
    expect(of(...noTokens)).toEqual(noTokens.map(() => ['INVALID_ARGUMENT']));
    expect([...ends.keys()]).toHaveLength(7 + 5 + noTokens.length + healthy.length);
    expect(stored.filter((event) => event.id === soon.id).length).toBeGreaterThan(1);
    expect(worker.told.end).toBeUndefined();
    expect(await left()).toEqual({ messages: 0, handedOut: 0, untouched: 0 });
  });

  it.concurrent('is not what a wrong key means that nobody has ever accepted', { timeout: 90_000 }, async ({
    onTestFinished,
  }) => {
    const { sim, fleet, baseUrl, work, events, left, idle } = await open({ onTestFinished, keys: ['right'] });
    const ids = Array.from({ length: 5 }, () => sim.add('cometapi', { timeline: life(0) }));
    const right = { provider: cometapi({ apiKey: 'right', baseUrl }) };
    const first = await work({}, right);
    await idle();
    first.stop();
    for (const id of ids) await fleet.submit(task(id));
    const wrong = await work({ concurrency: 2 });
    await vi.waitFor(() => expect(wrong.told.end).toMatchObject({ error: { code: 'UNAUTHORIZED' } }), patience);
    expect(await events()).toEqual([]);
    expect((await left()).messages).toBe(5);
    await work({}, right);
    await idle();
    expect((await events()).map(({ type }) => type)).toEqual(ids.map(() => 'completed'));
  });

  it.concurrent('is not what it means that a worker can ask nothing', { timeout: 90_000 }, async ({
    onTestFinished,
  }) => {
    const { sim, fleetOf, baseUrl, work, events, idle } = await open({ onTestFinished });
    const closed = nodeTransport();
    await closed.close();
    const unable = [
      { provider: cometapi({ apiKey: () => '', baseUrl }) },
      { provider: cometapi({ apiKey: async () => 'two\nlines', baseUrl }) },
      { transport: closed },
    ];
    await Promise.all(
      unable.map(async (options, nth) => {
        const name = `fleet-${nth}`;
        const { told } = await work({}, { ...options, name });
        await idle(name);
        await fleetOf({ name }).submit(task(sim.add('cometapi', { timeline: life(0) })));
        await vi.waitFor(() => expect(told.end).toMatchObject({ error: { code: 'INVALID_ARGUMENT' } }), patience);
        expect(await events(name)).toEqual([]);
        await work({}, { name });
        await idle(name);
        expect((await events(name)).map(({ type }) => type)).toEqual(['completed']);
      }),
    );
  });
});
