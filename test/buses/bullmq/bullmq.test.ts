import { afterAll, beforeAll, describe, expect, inject, it, type TestContext, vi } from 'vitest';
import { type FaultScript, randomFaults, type Timeline } from '../../../src/testing/index.js';
import { buildProgram, code, type Program } from './program.js';
import { jobIdOf, openWorld } from './world.js';

const patience = { timeout: 60_000, interval: 100 };
const isEnd = (event: string) => !event.startsWith('progress: ');

const life = (endMs: number, end: 'completed' | 'failed' = 'completed'): Timeline => [
  { afterMs: 0, status: 'in_progress', progress: 10 },
  { afterMs: endMs, status: end },
];

describe('the program of the guide', () => {
  it('has about thirty lines', () => {
    expect(code.split('\n').length).toBeLessThan(40);
  });
});

describe.skipIf(!inject('brokers').includes('redis-server'))('BullMQ, with the program of the guide,', () => {
  let program: Program;

  beforeAll(async () => {
    program = await buildProgram();
  });
  afterAll(() => program?.close());

  const open = async ({ onTestFinished }: TestContext, faults?: FaultScript) => {
    const world = await openWorld(program, faults);
    onTestFinished(() => world.close());
    return world;
  };

  it('brings 50 tasks to one end each, through faults and workers that are killed', {
    timeout: 240_000,
  }, async (test) => {
    const long = 'task 0: long/life';
    // Ids that BullMQ would refuse, or take for others, were they not encoded.
    const others = ['12345', 'sora-2:a:b', 'sora-2:c', 'ü %', ...Array.from({ length: 45 }, (_, i) => `task_${i}`)];
    const ids = [long, ...others];
    const kinds = ['reset', 'rateLimited', 'serverError', 'html', 'garbled', 'errorBody', 'otherTask'] as const;
    const chance = randomFaults({ rate: 0.2, kinds, seed: process.env['FC_SEED'] ?? 1 });
    let onRead = (_id: string) => {};
    const { sim, queue, heard, reads, start } = await open(test, (request) => {
      const { id = '', nth } = request;
      onRead(id);
      // Not found at first, as by a replica that lags.
      return nth === 1 && id.endsWith('7') ? { kind: 'notFound' } : chance(request);
    });
    const endOf = (nth: number) => (nth % 4 === 1 ? 'failed' : 'completed');
    sim.add('cometapi', { id: long, timeline: life(3_600_000) });
    for (const [nth, id] of others.entries())
      sim.add('cometapi', { id, timeline: life(2_000 + 200 * nth, endOf(nth)) });

    for (let crash = 0; crash < 3; crash++) {
      const worker = start(ids);
      const asked = reads(long);
      onRead = (id) => {
        // Not its first polls, so that this worker has taken it over, and others have ended meanwhile.
        if (id === long && reads(long) > asked + 10) worker.child.kill('SIGKILL');
      };
      await worker.gone;
      expect([worker.child.signalCode, worker.output.text]).toEqual(['SIGKILL', '']);
    }
    onRead = () => {};
    const heir = start(ids);
    const ends = () => others.map((id) => heard(id).filter(isEnd));
    await vi.waitFor(() => expect(ends().filter(([end]) => end)).toHaveLength(others.length), patience);
    expect(ends()).toEqual(others.map((_, nth) => [`completed: ${endOf(nth)}`]));
    expect(others.filter((id) => heard(id)[0] === 'progress: in_progress').length).toBeGreaterThan(others.length / 2);
    const told = ['progress: in_progress', expect.stringMatching(/^completed: /)];
    for (const id of others) expect(heard(id), id).toEqual(told.slice(-heard(id).length));

    const job = await queue.getJob(jobIdOf(long));
    expect(job?.stalledCounter).toBeGreaterThan(1);
    expect(heard(long).filter(isEnd)).toEqual([]);

    const asked = others.map(reads);
    const before = reads(long);
    const latecomer = start(ids);
    await vi.waitFor(() => expect(reads(long)).toBeGreaterThan(before + 10), patience);
    expect(others.map(reads)).toEqual(asked);
    const counts = Object.values(await queue.getJobCounts());
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(50);
    expect(heir.output.text + latecomer.output.text).toBe('');
  });

  it.concurrent('loses no watch by a Redis that is killed, nor by a bug of the user', {
    timeout: 120_000,
  }, async (test) => {
    const { sim, broker, heard, reads, start } = await open(test);
    const ids = Array.from({ length: 10 }, (_, i) => sim.add('cometapi', { id: `task_${i}`, timeline: life(4_000) }));
    for (const _ of ['one worker', 'another']) start(ids, { BUG_RATE: '0.3' });
    await vi.waitFor(() => expect(Math.min(...ids.map(reads))).toBeGreaterThan(2), patience);
    await broker.kill();
    await broker.start();
    await vi.waitFor(() => expect(ids.filter((id) => heard(id).some(isEnd))).toEqual(ids), patience);
    for (const id of ids) expect(heard(id).filter(isEnd)).toEqual(['completed: completed']);
  });

  it.concurrent('tells nothing after the end when a worker wakes that was frozen', {
    timeout: 120_000,
  }, async (test) => {
    let onRead = () => {};
    const { sim, heard, start } = await open(test, () => {
      onRead();
      return undefined;
    });
    const id = sim.add('cometapi', { id: 'task_1', timeline: life(1_500) });
    const frozen = start([id]);
    onRead = () => {
      onRead = () => {};
      frozen.child.kill('SIGSTOP');
    };
    await vi.waitFor(() => expect(sim.requests).toHaveLength(1), patience);
    start([id]);
    await vi.waitFor(() => expect(heard(id)).toContain('completed: completed'), patience);
    const told = heard(id);
    frozen.child.kill('SIGCONT');
    await vi.waitFor(() => expect(frozen.output.text).toMatch(/Missing lock|not in the active state/), patience);
    // What it does from now on comes after what it did before.
    const last = sim.add('cometapi', { id: 'task_2', timeline: life(0) });
    start([last]);
    await vi.waitFor(() => expect(heard(last).filter(isEnd)).toHaveLength(1), patience);
    expect(heard(id)).toEqual(told);
  });

  it.concurrent('says why a watch was lost, once, and takes it up when it is added anew', {
    timeout: 120_000,
  }, async (test) => {
    let isKnown = false;
    const { sim, queue, heard, reads, start } = await open(test, () =>
      isKnown ? undefined : { kind: 'serverError', status: 401 },
    );
    for (const id of ['task_1', 'task_2']) sim.add('cometapi', { id, timeline: life(0) });
    const { output } = start(['task_1']);
    const lost = [expect.stringMatching(/^failed: UNAUTHORIZED: /)];
    await vi.waitFor(() => expect(heard('task_1')).toEqual(lost), patience);
    await vi.waitFor(() => expect(output.text).toContain('cometapi.task_1 UNAUTHORIZED: '), patience);

    isKnown = true;
    start(['task_1', 'task_2']);
    await vi.waitFor(() => expect(heard('task_2')).toEqual(['completed: completed']), patience);
    expect([heard('task_1'), reads('task_1')]).toEqual([lost, 1]);
    await queue.remove(jobIdOf('task_1'));
    start(['task_1']);
    await vi.waitFor(() => expect(heard('task_1')).toEqual([...lost, 'completed: completed']), patience);
  });
});
