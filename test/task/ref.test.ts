import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { idProblem, isSameTask, providerNameProblem, type TaskRef, taskKey } from '../../src/task/ref.js';

const LENGTH = '1-512 characters';
const CONTROL = 'no control characters';
const WALKS = 'an id that is not "." or "..", which would walk the path';
const TORN = 'well-formed text, without lone surrogates';

describe('idProblem', () => {
  test.each([
    ['task_abc123'],
    [' '],
    ['...'],
    ['.a'],
    ['a/../b'],
    ['a'],
    ['x'.repeat(512)],
    ['\u0020\u007e\u00a0'],
    ['\ud7ff\ue000\uffff'],
    ['\u{10000}'],
    ['\u{10ffff}'],
    ['\ud800\udc00'],
    ['\udbff\udfff'],
    ['a\u{1f3ac}b\u{1f3ac}'],
    ['__proto__'],
  ])('%j is an id', (id) => {
    expect(idProblem(id)).toBeUndefined();
  });

  test.each([
    ['', LENGTH],
    ['x'.repeat(513), LENGTH],
    ['.', WALKS],
    ['..', WALKS],
    ['\u0000', CONTROL],
    ['a\u001f', CONTROL],
    ['a\r\nPUB x 0', CONTROL],
    ['\u007f', CONTROL],
    ['\u0080', CONTROL],
    ['a\u009fb', CONTROL],
    ['\ud800', TORN],
    ['\udbffa', TORN],
    ['\udc00', TORN],
    ['\udfff\ud800', TORN],
    ['\ud800\ud800\udc00', TORN],
    ['\ud800\ue000', TORN],
    ['\ud800\udbff', TORN],
    ['\u{1f3ac}\udc00', TORN],
  ])('%j is none', (id, problem) => {
    expect(idProblem(id)).toBe(problem);
  });

  test.each([[undefined], [null], [7], [{ id: 'a' }], [['a']]])('%j is no string', (id) => {
    expect(idProblem(id)).toBe('a string');
  });
});

describe('providerNameProblem', () => {
  test.each([['cometapi'], ['infinity-blue'], ['a'], ['-'], ['0'], ['az-09'], ['x'.repeat(64)]])(
    '%j is a name',
    (name) => {
      expect(providerNameProblem(name)).toBeUndefined();
    },
  );

  test.each([
    [''],
    ['A'],
    ['a b'],
    ['a/b'],
    ['a_b'],
    ['a\n'],
    ['\na'],
    ['x'.repeat(65)],
    ['é'],
    [7],
    [null],
    [['ark']],
  ])('%j is none', (name) => {
    expect(providerNameProblem(name)).toBe('1-64 characters of a-z, 0-9 and "-"');
  });
});

describe('taskKey and isSameTask', () => {
  const aRef: fc.Arbitrary<TaskRef> = fc.record({
    provider: fc.stringMatching(/^[a-z0-9-]{1,3}$/),
    id: fc.oneof(fc.string({ minLength: 1, maxLength: 3 }), fc.constantFrom('a', 'a/a', '/', '-/-')),
  });

  test('the key is the provider, a slash and the id', () => {
    expect(taskKey({ provider: 'ark', id: 'cgt-1/2' })).toBe('ark/cgt-1/2');
  });

  test('keys are equal exactly where the refs name the same task', () => {
    fc.assert(
      fc.property(aRef, aRef, (a, b) => {
        const isEqual = a.provider === b.provider && a.id === b.id;
        expect(taskKey(a) === taskKey(b)).toBe(isEqual);
        expect(isSameTask(a, b)).toBe(isEqual);
        expect(isSameTask(a, { ...a })).toBe(true);
      }),
    );
  });

  test('the same id at another provider is another task', () => {
    expect(isSameTask({ provider: 'ark', id: '1' }, { provider: 'acme', id: '1' })).toBe(false);
    expect(isSameTask({ provider: 'ark', id: '1' }, { provider: 'ark', id: '2' })).toBe(false);
  });
});
