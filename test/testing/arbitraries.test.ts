import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cometapi, isTerminal } from '../../src/index.js';
import { idProblem, providerNameProblem } from '../../src/task/ref.js';
import type { Snapshot } from '../../src/task/snapshot.js';
import { isStatus, isTerminalStatus, type Status, statusOfWord } from '../../src/task/status.js';
import { decodeToken, encodeToken } from '../../src/task/token.js';
import * as arbitraries from '../../src/testing/arbitraries.js';

const { hostileJson, liveSnapshot, snapshot, statusWord, taskId, taskRef, terminalSnapshot, timeline } = arbitraries;
const ref = { provider: 'ark', id: 'cgt-1' };
const statuses: readonly Status[] = [
  'queued',
  'in_progress',
  'unknown',
  'completed',
  'failed',
  'error',
  'cancelled',
  'expired',
];

function expectValid(made: Snapshot): void {
  expect(isStatus(made.status)).toBe(true);
  expect([made, made.task].every(Object.isFrozen)).toBe(true);
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  expect(statusOfWord(made.providerStatus)).toBe(made.status);
  const isFailure = isTerminalStatus(made.status) && made.status !== 'completed';
  expect('error' in made).toBe(isFailure);
  if ('error' in made) expect(made.error.message).not.toBe('');
  if ('videoUrl' in made) expect([made.status, new URL(made.videoUrl ?? '').protocol]).toEqual(['completed', 'https:']);
}

/** Whether `arbitrary` makes each of these at all. */
function expectAll<T>(arbitrary: fc.Arbitrary<T>, ...kinds: ((made: T) => boolean)[]): void {
  const sample = fc.sample(arbitrary, { numRuns: 1_000, seed: 1 });
  for (const kind of kinds) expect(sample.some(kind), String(kind)).toBe(true);
}

describe('arbitraries', () => {
  it('taskId makes ids that tasks can have, strange ones too', () => {
    fc.assert(
      fc.property(taskId(), (id) => {
        expect(idProblem(id)).toBeUndefined();
        expect(decodeToken(encodeToken(id))).toBe(id);
      }),
    );
    expectAll(
      taskId(),
      (id) => id.startsWith('task_'),
      (id) => id.includes('/'),
      (id) => /[^ -~]/.test(id),
    );
  });

  it('taskRef makes refs', () => {
    fc.assert(fc.property(taskRef(), ({ provider }) => providerNameProblem(provider) === undefined));
    fc.assert(fc.property(taskRef({ provider: 'ark' }), ({ provider }) => provider === 'ark'));
  });

  it('snapshot makes any valid snapshot', () => {
    fc.assert(fc.property(snapshot(), expectValid));
    expectAll(snapshot(), ...statuses.map((status) => (made: Snapshot) => made.status === status));
    fc.assert(fc.property(snapshot({ task: ref }), ({ task }) => task.id === 'cgt-1' && task.provider === 'ark'));
  });

  it('liveSnapshot and terminalSnapshot make what they say', () => {
    fc.assert(fc.property(liveSnapshot(), (made) => !isTerminal(made)));
    fc.assert(fc.property(terminalSnapshot(), isTerminal));
  });

  it('timeline is lawful', () => {
    fc.assert(
      fc.property(timeline(), (said) => {
        const end = said.findIndex(isTerminal);
        expect(said.length).toBeGreaterThan(0);
        expect(end === -1 || end === said.length - 1).toBe(true);
        expect(new Set(said.map(({ task }) => JSON.stringify(task))).size).toBe(1);
      }),
    );
    fc.assert(
      fc.property(
        timeline({ ends: true, maxLive: 2 }),
        (said) => said.length <= 3 && isTerminal(said.at(-1) as Snapshot),
      ),
    );
    fc.assert(
      fc.property(
        timeline({ ends: false, task: ref }),
        (said) => !said.some(isTerminal) && said[0]?.task.id === 'cgt-1',
      ),
    );
    expectAll(
      timeline(),
      (said) => said.some(isTerminal),
      (said) => !said.some(isTerminal),
      (said) => said.length === 1,
    );
  });

  it.each(statuses)('statusWord makes words for %s', (status) => {
    fc.assert(fc.property(statusWord({ status }), (word) => statusOfWord(word) === status));
    expectAll(statusWord(), (word) => statusOfWord(word) === status);
  });

  it('hostileJson is JSON that a provider lives through', () => {
    const provider = cometapi({ apiKey: 'k' });
    fc.assert(
      fc.property(hostileJson(), (text) => {
        JSON.parse(text);
        const response = { status: 200, url: '', text, header: () => null };
        const task = { provider: 'cometapi', id: 'task_1' };
        expect(provider.hear({ kind: 'read', task }, response).kind).not.toBe('done');
      }),
    );
    expectAll(
      hostileJson(),
      (text) => text.includes('__proto__'),
      (text) => text.startsWith('['.repeat(100)),
      (text) => text.includes('1e999'),
      (text) => /"status":.*"status":/.test(text),
    );
  });
});
