import fc from 'fast-check';
import { type AnyRushesError, RushesError, type Snapshot, type TaskEvent } from '../../src/index.js';
import { parseBody } from '../../src/providers/parse-body.js';
import { taskRef, snapshot as validSnapshot } from '../../src/testing/arbitraries.js';
import { toldSnapshot } from '../../src/told/told-snapshot.js';

/** Codes that a watch can be lost with. */
export const lostCodes = ['UNAUTHORIZED', 'NOT_FOUND', 'UNAVAILABLE', 'DEADLINE', 'STALLED', 'SOURCE_ENDED'] as const;

/** Any snapshot as a provider of this library makes it: with clean text. */
export const anySnapshot: fc.Arbitrary<Snapshot> = fc
  .tuple(validSnapshot(), fc.option(fc.jsonValue({ maxDepth: 4 }), { nil: undefined }))
  .map(([said, raw]) => toldSnapshot({ ...said, raw: tamed(raw) }) as Snapshot);

const message = fc.constantFrom('too late', 'the bus “heute” is away', 'HTTP 502', '生成失敗');

/** Any loss of a watch. */
export const anyLost: fc.Arbitrary<TaskEvent> = fc
  .tuple(taskRef(), fc.constantFrom(...lostCodes), message, fc.boolean())
  .map(([task, code, text, knowsTask]) => lost(task, code, text, knowsTask));

export const anyNews: fc.Arbitrary<Snapshot | TaskEvent> = fc.oneof(
  anySnapshot,
  anySnapshot.map((snapshot): TaskEvent => ({ kind: 'snapshot', task: snapshot.task, snapshot })),
  anyLost,
);

export function lost(
  task = { provider: 'test', id: 'task_1' },
  code: (typeof lostCodes)[number] = 'DEADLINE',
  text = 'too late',
  knowsTask = true,
): TaskEvent {
  const error = new RushesError(code, text, knowsTask ? { task } : {}) as AnyRushesError;
  return { kind: 'lost', task, error };
}

/** JSON nested `depth` deep. */
export function deepJson(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

/** JSON as it is once the parser of answers has let it through. */
function tamed(value: unknown): unknown {
  const body = parseBody(JSON.stringify(value) ?? '');
  return body.kind === 'json' ? body.value : undefined;
}
