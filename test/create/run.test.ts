import { firstValueFrom, NEVER, of, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Backend, createClient, type Snapshot } from '../../src/index.js';
import { refused, said } from '../watch/scripted.js';
import { held } from '../watch/stage.js';
import { Viewer } from '../watch/viewer.js';
import { input, reasonOf, studio } from './studio.js';

describe('a run', () => {
  it('creates at the first subscription, then watches what was made', async () => {
    const { clock, client, posts, askedAt } = studio(said('queued'), { cadence: () => 10_000 });
    const made = client.run(input);
    await clock.advance(5_000);
    expect(posts()).toEqual([]);
    const viewer = new Viewer(made);
    await clock.advance(200);
    expect(viewer.heard.map(({ status }) => status)).toEqual(['queued', 'in_progress']);
    expect(askedAt()).toEqual([5_000, 5_100]);
    viewer.leave();
    expect(clock.pending).toBe(0);
  });

  it('is one task for all who subscribe, whenever they do', async () => {
    const { clock, client, posts, server } = studio(said('queued', {}, 1_000), { cadence: () => 10_000 });
    const made = client.run(input);
    const viewers = [new Viewer(made), new Viewer(made)];
    await clock.advance(500);
    viewers.push(new Viewer(made));
    await clock.advance(5_000);
    viewers.push(new Viewer(made));
    await clock.advance(0);
    expect(viewers.map(({ last }) => last?.status)).toEqual(Array.from({ length: 4 }, () => 'in_progress'));
    expect([posts().length, server.requests.length]).toEqual([1, 2]);
    for (const viewer of viewers) viewer.leave();
  });

  it('goes on creating when everybody leaves, and is found by whoever comes back', async () => {
    const { clock, client, posts } = studio(said('queued', {}, 30_000));
    const made = client.run(input);
    new Viewer(made).leave();
    await clock.advance(10_000);
    expect(posts()[0]?.outcome).toBe('in flight');
    await clock.advance(20_000);
    expect(posts()[0]?.outcome).toBe('answered');
    const back = new Viewer(made);
    expect(back.heard).toEqual([]);
    await clock.advance(0);
    expect(back.heard[0]?.status).toBe('queued');
    expect(posts()).toHaveLength(1);
  });

  it('that failed to create is replayed to everybody, asynchronously, and never sent again', async () => {
    for (const [answer, code] of [
      [refused(400, '{"error":{"message":"no"}}'), 'REJECTED'],
      [refused(429, '{"error":{"message":"slow"}}'), 'RATE_LIMITED'],
      [refused(502), 'CREATE_AMBIGUOUS'],
    ] as const) {
      const { clock, client, posts } = studio(answer);
      const made = client.run(input);
      const first = new Viewer(made);
      await clock.advance(100);
      expect(first.error).toMatchObject({ code });
      const late = new Viewer(made);
      expect(late.end).toBeUndefined();
      await clock.advance(0);
      expect(late.error).toBe(first.error);
      expect(posts()).toHaveLength(1);
    }
  });

  it('that nobody waits for fails without an unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', note);
    const { clock, client } = studio(refused(502));
    new Viewer(client.run(input)).leave();
    await clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(unhandled).toEqual([]);
  });

  it('that ended with its create asks no more', async () => {
    const { clock, client, server } = studio(said('completed'));
    const viewer = new Viewer(client.run(input));
    await clock.advance(1_000);
    expect([viewer.end, viewer.heard.length, server.requests.length]).toEqual(['complete', 1, 1]);
  });

  it('is another task for another call', async () => {
    const { clock, client, posts } = studio((nth) => said('completed', { id: `task_${nth}` }));
    const made = [client.run(input), client.run(input)].map((run) => firstValueFrom(run));
    await clock.advance(100);
    expect((await Promise.all(made)).map(({ task }) => task.id)).toEqual(['task_0', 'task_1']);
    expect(posts()).toHaveLength(2);
  });

  it('refuses at the call what no create would take', () => {
    const { client } = studio(said('queued'));
    expect(() => client.run({ ...input, prompt: ' ' })).toThrow('create.prompt: expected a non-empty string');
    expect(() => client.run(input, { provider: 'ark' })).toThrow('create.provider: expected');
  });
});

describe('a run over a backend', () => {
  const over = (create: NonNullable<Backend['create']>) => createClient({ watch: () => NEVER, create }).run(input);

  it('stands on its create and its watch', async () => {
    const source = new Subject<Snapshot>();
    const asked: unknown[] = [];
    const create: Backend['create'] = async (...args) => {
      asked.push(args);
      return held('queued');
    };
    const viewer = new Viewer(createClient({ watch: () => source, create }).run(input, { idempotencyKey: 'k' }));
    await new Promise((resolve) => setImmediate(resolve));
    expect(asked).toEqual([[input, { idempotencyKey: 'k' }]]);
    source.next(held('completed'));
    expect(viewer.heard).toEqual([held('queued'), held('completed')]);
  });

  it('calls a create that throws once', async () => {
    let calls = 0;
    const made = over(() => {
      calls++;
      throw new Error('sent, then broken');
    });
    for (let i = 0; i < 3; i++) {
      const viewer = new Viewer(made);
      expect(viewer.end).toBeUndefined();
      await new Promise((resolve) => setImmediate(resolve));
      expect(viewer.error).toMatchObject({ message: 'sent, then broken' });
    }
    expect(calls).toBe(1);
  });

  it('without a create is UNSUPPORTED', async () => {
    const reason = await reasonOf(firstValueFrom(createClient(() => of(held('completed'))).run(input)));
    expect(reason).toMatchObject({ code: 'UNSUPPORTED' });
  });
});
