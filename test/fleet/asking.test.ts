import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Asking } from '../../src/fleet/worker/asking.js';
import { Counter } from '../../src/fleet/worker/figures.js';
import { Known } from '../../src/fleet/worker/memory.js';
import { type PollOptions, pollSettings } from '../../src/watch/poll-source.js';
import { provider, ref } from '../watch/scripted.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const NEVER_ENDS = Number.POSITIVE_INFINITY;

/** A worker's way to a provider that gives these answers in turn, and the last of them for ever. */
function asking(answers: readonly (() => Response)[], { perSecond = NEVER_ENDS, ...options } = {} as Given) {
  const letGo = new Subject<void>();
  const askedAt: number[] = [];
  const beganMs = performance.now();
  const aborted: unknown[] = [];
  const fetch: PollOptions['fetch'] = async (_, { signal } = {}) => {
    askedAt.push(performance.now() - beganMs);
    signal?.addEventListener('abort', () => aborted.push(signal.reason));
    const answer = answers[Math.min(askedAt.length, answers.length) - 1];
    return answer ? answer() : new Promise<Response>(() => {});
  };
  const clocks = { monotonicMs: () => performance.now(), wallMs: () => Date.now() };
  const made = new Asking(provider(), pollSettings({ fetch, requestTimeoutMs: 5_000, random: () => 0, ...options }), {
    perSecond,
    counter: new Counter(),
    clocks,
    letGo,
  });
  const ask = (heldMs = NEVER_ENDS) => {
    const untilMs = performance.now() + heldMs;
    const isHeld = (forMs = 0) => performance.now() + forMs < untilMs;
    return made.ask({ task: ref, isHeld }, {}, { task: ref });
  };
  return { made, ask, letGo, askedAt, aborted };
}

type Given = PollOptions & { readonly perSecond?: number };

const said =
  (status: number, body: object, headers = {}) =>
  () =>
    Response.json(body, { status, headers });
const running = said(200, { id: ref.id, status: 'in_progress' });
const refused = said(401, { error: { message: 'no such key' } });

describe('a request', () => {
  it('is made only where it would be over while the turn is held', async () => {
    const { ask, askedAt } = asking([running]);
    expect(await ask(5_000)).toBeUndefined();
    expect(askedAt).toEqual([]);
    expect(await ask(5_001)).toMatchObject({ snapshot: { status: 'in_progress' } });
  });

  it('is not made where the wait for room has used its time up', async () => {
    const { ask, askedAt } = asking([running], { perSecond: 1 });
    const all = [ask(6_500), ask(6_500), ask(5_999)];
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await Promise.all(all)).map((outcome) => outcome !== undefined)).toEqual([true, true, false]);
    expect(askedAt).toEqual([0, 1_000]);
  });

  it('waits for room for 2 s at most, and then as long as it takes for its answer', async () => {
    const { ask, askedAt } = asking([running, running], { perSecond: 0.4 });
    const first = ask();
    const late = ask();
    await vi.advanceTimersByTimeAsync(2_000);
    expect(await Promise.all([first, late])).toMatchObject([{ snapshot: {} }, undefined]);
    await vi.advanceTimersByTimeAsync(500);
    expect(await ask()).toMatchObject({ snapshot: {} });
    expect(askedAt).toEqual([0, 2_500]);
  });

  it('is not made where a pause came while it waited for room', async () => {
    const { ask, made, askedAt } = asking([running], { perSecond: 1 });
    const all = [ask(), ask()];
    await vi.advanceTimersByTimeAsync(10);
    made.pace.pause(60_000);
    await vi.advanceTimersByTimeAsync(2_000);
    expect((await Promise.all(all)).map((outcome) => outcome !== undefined)).toEqual([true, false]);
    expect(askedAt).toHaveLength(1);
  });

  it('ends when its task is let go', async () => {
    const { ask, letGo, aborted } = asking([]);
    const outcome = ask();
    await vi.advanceTimersByTimeAsync(0);
    letGo.next();
    expect(await outcome).toBeUndefined();
    expect(aborted).toHaveLength(1);
  });
});

describe('a pause of all tasks of a provider', () => {
  it.each([
    [429, { 'retry-after': '7' }, 7_000],
    [503, { 'retry-after': '7' }, 7_000],
    [503, {}, 0],
    [500, { 'retry-after': '7' }, 0],
    [404, { 'retry-after': '7' }, 0],
  ])('is what a %i with %o asks for: %i ms', async (status, headers, pausedMs) => {
    const { ask, made } = asking([said(status, { error: { message: 'busy' } }, headers)]);
    await ask();
    expect(made.pace.pausedMs).toBe(pausedMs);
  });
});

describe('a refused key', () => {
  it('is the worker’s trouble where it was never accepted, and the task’s where it was', async () => {
    await expect(asking([refused]).ask()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
    const { ask } = asking([running, refused]);
    await ask();
    expect(await ask()).toMatchObject({ lost: { code: 'UNAUTHORIZED' } });
  });
});

describe('a usual wait', () => {
  it('is the cadence’s, and where that names no time, what the provider wants', () => {
    const usual = (cadence: () => number) =>
      asking([], { cadence }).made.usualWaitMs(new Known(ref, { generation: 1, submittedMs: 0 }));
    expect(usual(() => 1_234)).toBe(1_234);
    expect(usual(() => Number.NaN)).toBe(
      asking([]).made.usualWaitMs(new Known(ref, { generation: 1, submittedMs: 0 })),
    );
    const broken = () => {
      throw new Error('no idea');
    };
    expect(() => usual(broken)).toThrow('fleet.cadence threw: no idea');
  });
});
