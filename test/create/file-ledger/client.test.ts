import { utimes } from 'node:fs/promises';
import { lastValueFrom, toArray } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { FileLedger } from '../../../src/create/file-ledger/file-ledger.js';
import { recordOf } from '../../../src/create/ledger.js';
import { type Activity, ark, type Client, cometapi, createClient } from '../../../src/index.js';
import { createSimulator } from '../../../src/testing/index.js';
import { reasonOf } from '../studio.js';
import { noSpace, recordingDisk } from './recording-disk.js';
import { ledgers, segments, standing } from './stage.js';

const home = ledgers();
const input = { model: 'doubao-seedance-2-0-260128', prompt: 'a paper boat in the rain' } as const;
const baseUrl = 'http://localhost/ark';

/** A client with a ledger before a simulator; `onPost` is called, and waited for, before each POST arrives. */
function studio(ledger: FileLedger, onPost: () => unknown = () => undefined) {
  const sim = createSimulator({ speed: 10_000 });
  const fetch: typeof sim.fetch = async (to, init) => {
    if ((to instanceof Request ? to.method : init?.method) === 'POST') await onPost();
    return sim.fetch(to, init);
  };
  const client = createClient(ark({ apiKey: 'sk-CANARY', baseUrl }), { fetch, ledger, cadence: () => 5 });
  const posts = () => sim.requests.filter(({ method }) => method === 'POST').length;
  return { sim, client, posts };
}

describe('a client with a file ledger', () => {
  it('has the intent on disk before the POST, the task before create resolves, and its end after the watch', async () => {
    const path = await home.path();
    const ledger = await home.open(path);
    const onDisk = async () => standing(await home.open(path));
    const atPost: unknown[] = [];
    const { client } = studio(ledger, async () => atPost.push(await onDisk()));
    const { task } = await client.create(input);
    expect(atPost).toEqual([{ tasks: [], creates: [expect.stringMatching(/ in-flight$/)], skipped: 0 }]);
    expect(await onDisk()).toEqual({ tasks: [task.id], creates: [], skipped: 0 });
    await client.result(task);
    await ledger.unfinished();
    expect(await onDisk()).toEqual({ tasks: [], creates: [], skipped: 0 });
  });

  it('goes on where another one was gone, and sends nothing', async () => {
    const path = await home.path();
    const before = await home.open(path);
    const { client, sim } = studio(before);
    const { task } = await client.create(input);
    await before.close();
    const ledger = await home.open(path);
    const next = createClient(ark({ apiKey: 'any', baseUrl }), { fetch: sim.fetch, ledger, cadence: () => 5 });
    const events = await lastValueFrom(next.watchAll(ledger.unfinished()).pipe(toArray()));
    expect(events.at(-1)).toMatchObject({ task, snapshot: { status: 'completed' } });
    expect((await standing(ledger)).tasks).toEqual([]);
    expect(sim.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('that dies before the answer leaves a create to be looked into', async () => {
    const path = await home.path();
    const ledger = await home.open(path);
    let arrived = () => {};
    const posted = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const { client } = studio(ledger, () => {
      arrived();
      return new Promise(() => undefined);
    });
    void client.create(input);
    await posted;
    await ledger.close();
    for (const file of await segments(path)) await utimes(file, 0, 0);
    const { snapshots, creates } = await (await home.open(path)).unfinished();
    expect(snapshots).toEqual([]);
    expect(creates).toMatchObject([{ state: 'ambiguous', provider: 'ark', baseUrl, model: input.model }]);
  });

  it('sends a create of one name once, also when it is asked for again at once', async () => {
    const ledger = await home.open(await home.path());
    const { client, posts } = studio(ledger);
    const made = await Promise.all([1, 2, 3].map(() => client.create(input, { idempotencyKey: 'job-1' })));
    expect(new Set(made.map(({ task }) => task.id)).size).toBe(1);
    expect(posts()).toBe(1);
  });

  it('is refused a task that was created elsewhere', async () => {
    const path = await home.path();
    const ledger = await home.open(path);
    await studio(ledger).client.create(input);
    const elsewhere = createClient(ark({ apiKey: 'any', baseUrl: 'http://localhost:1/ark' }), { ledger });
    const events = await lastValueFrom(elsewhere.watchAll(ledger.unfinished()).pipe(toArray()));
    expect(events).toMatchObject([{ kind: 'lost', error: { code: 'INVALID_ARGUMENT' } }]);
  });

  it('keeps apart the tasks of two gateways that have the same name', async () => {
    const ledger = await home.open(await home.path());
    const elsewhere = 'http://localhost:1/cometapi';
    const [here, there] = ['http://localhost/cometapi', elsewhere].map((address) => {
      const { fetch } = createSimulator({ speed: 10_000 });
      return createClient(cometapi({ apiKey: 'any', baseUrl: address }), { fetch, ledger, cadence: () => 5 });
    }) as [Client, Client];
    const made = await here.create({ model: 'sora-2', prompt: 'a paper boat in the rain' });
    expect((await there.create({ model: 'sora-2', prompt: 'another boat' })).task).toEqual(made.task);
    await here.result(made.task);
    const { snapshots } = await ledger.unfinished();
    expect(snapshots.map((snapshot) => recordOf(snapshot)?.baseUrl)).toEqual([elsewhere]);
  });

  it('sends nothing when the disk is full, and tells of a task that it could not note', async () => {
    let room = 0;
    const { disk } = recordingDisk((step) => {
      if (step === 'write .jsonl' && room-- === 0) throw noSpace();
      return undefined;
    });
    const full = studio(await home.open(await home.path(), { disk }));
    expect(await reasonOf(full.client.create(input))).toMatchObject({ code: 'LEDGER_FAILED', retryable: false });
    expect(full.posts()).toBe(0);

    room = 1;
    const filling = studio(await home.open(await home.path(), { disk }));
    const told: Activity[] = [];
    filling.client.activity.subscribe((activity) => told.push(activity));
    const { task } = await filling.client.create(input);
    expect(told).toContainEqual(expect.objectContaining({ kind: 'ledger-failed', task }));
    expect(await reasonOf(filling.client.create(input))).toMatchObject({ code: 'LEDGER_FAILED', retryable: false });
    expect(filling.posts()).toBe(1);
  });
});
