import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cometapi, createClient, type RushesError } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { type Answer, canary, ref, refused, said, scripted } from '../watch/scripted.js';
import { MemoryLedger } from './memory-ledger.js';
import { input } from './studio.js';

const CREATE_TIMEOUT_MS = 30;
const TAKES_MS = 3;
const vendorError = '{"error":{"code":"no","message":"No."}}';

/** What a POST is answered with, and what the ledger has to know of it in the end. */
const answers: Readonly<Record<string, readonly [Answer, 'created' | 'refused' | 'ambiguous']>> = {
  'a task': [said('queued', {}, 20), 'created'],
  'a task, at once': [said('queued', {}, 0), 'created'],
  'a task, after its time was up': [said('queued', {}, 45), 'created'],
  'an error and a task': [refused(500, `{"id":"${ref.id}","error":{"message":"No."}}`, {}, 20), 'created'],
  'a refusal': [refused(400, vendorError, {}, 20), 'refused'],
  'a refusal, after its time was up': [refused(400, vendorError, {}, 45), 'refused'],
  'a rate limit': [refused(429, vendorError, { 'retry-after': '1' }, 20), 'refused'],
  'a page': [refused(502, '<html>', {}, 20), 'ambiguous'],
  'nothing, and breaks': [{ kind: 'reset', afterMs: 20 }, 'ambiguous'],
  'nothing, and breaks after its time was up': [{ kind: 'reset', afterMs: 45 }, 'ambiguous'],
  nothing: [{ kind: 'hang' }, 'ambiguous'],
};

interface Visit {
  readonly answer: Answer;
  readonly leavesAtMs: number;
  /** How long whoever left stays away each time; the last one stays. */
  readonly awayMs: readonly number[];
  readonly fails?: readonly ('begin' | 'note' | 'end')[];
}

/** Everything that one `run` comes to. */
async function visited({ answer, leavesAtMs, awayMs, fails = [] }: Visit) {
  const clock = createClock();
  const log: string[] = [];
  const ledger = new MemoryLedger(clock, { takesMs: TAKES_MS, fails, onStep: (step) => log.push(step) });
  const { transport } = scripted(clock, (_, { method }) => {
    if (method === 'POST') log.push('POST');
    return method === 'POST' ? answer : said('in_progress', {}, 1);
  });
  const client = createClient(cometapi({ apiKey: canary }), {
    transport,
    scheduler: clock,
    ledger,
    createTimeoutMs: CREATE_TIMEOUT_MS,
    cadence: () => 5,
  });
  const failures: RushesError[] = [];
  client.activity.subscribe((activity) => {
    if (activity.kind === 'created' || activity.kind === 'ambiguous') log.push('told');
    if (activity.kind === 'ledger-failed') failures.push(activity.error);
  });
  const made = client.run(input);
  const errors: RushesError[] = [];
  const tell = () => log.push('told');
  const join = () =>
    made.subscribe({
      next: tell,
      error: (error) => {
        tell();
        errors.push(error);
      },
    });

  let viewer = join();
  await clock.advance(leavesAtMs);
  viewer.unsubscribe();
  for (const ms of awayMs) {
    await clock.advance(ms);
    viewer = join();
    await clock.advance(1);
    viewer.unsubscribe();
  }
  await clock.advance(200);
  viewer = join();
  await clock.advance(10);
  viewer.unsubscribe();
  return { log, ledger, errors, failures, pending: clock.pending, posts: log.filter((step) => step === 'POST').length };
}

/** Each step comes after the one before it, as far as both are there. */
function inOrder(log: readonly string[], ...steps: readonly string[]): void {
  const places = steps.map((step) => log.indexOf(step)).filter((place) => place >= 0);
  expect(places, log.join(', ')).toEqual([...places].sort((a, b) => a - b));
}

describe('a run whose POST is answered with', () => {
  it.each(Object.entries(answers))('%s sends one, and the ledger knows, whenever who', async (_, [answer, known]) => {
    for (let leavesAtMs = 0; leavesAtMs <= 60; leavesAtMs++) {
      const awayMs = Array.from({ length: leavesAtMs % 4 }, (__, nth) => nth * 4);
      const { log, ledger, posts, pending, failures } = await visited({ answer, leavesAtMs, awayMs });
      const told = `left after ${leavesAtMs} ms: ${log}`;
      expect([posts, ledger.creates.size, ledger.lastOf('key-1')], told).toEqual([1, 1, known]);
      inOrder(log, 'begin', 'begin done', 'POST', 'note', 'note done', 'told');
      expect([failures, pending], told).toEqual([[], 0]);
    }
  });
});

describe('a run whose ledger may fail', () => {
  const visits = fc.record({
    answer: fc.constantFrom(...Object.values(answers).map(([answer]) => answer)),
    leavesAtMs: fc.nat(60),
    awayMs: fc.array(fc.nat(20), { maxLength: 3 }),
    fails: fc.subarray(['begin', 'note', 'end'] as const),
  });

  it('sends nothing that it could not note, never twice, and tells of what it could not note', async () => {
    await fc.assert(
      fc.asyncProperty(visits, async (visit) => {
        const { log, ledger, posts, errors, failures, pending } = await visited(visit);
        const mayNot = (step: string) => visit.fails.some((each) => each === step);
        expect([posts, ledger.creates.size, pending]).toEqual(mayNot('begin') ? [0, 0, 0] : [1, 1, 0]);
        inOrder(log, 'begin', 'begin done', 'POST', 'note', 'note done', 'told');
        if (mayNot('begin')) {
          expect(errors.at(-1)).toMatchObject({ code: 'LEDGER_FAILED', retryable: true, cause: { code: 'ENOSPC' } });
          expect(failures).toEqual([]);
        } else if (mayNot('note')) {
          expect(ledger.lastOf('key-1')).toBe('open');
          const isMade = errors.length === 0 || log.filter((step) => step === 'note').length > 1;
          if (isMade) expect(failures.length).toBeGreaterThan(0);
          for (const failure of failures) expect(failure).toMatchObject({ code: 'LEDGER_FAILED', retryable: false });
        } else {
          expect(ledger.lastOf('key-1')).not.toBe('open');
        }
      }),
      { numRuns: 300 },
    );
  });
});
