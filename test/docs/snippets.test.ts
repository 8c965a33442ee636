import { describe, expect, it } from 'vitest';
import { typeErrors } from './check-types.js';
import { snippets } from './pages.js';
import { printed } from './run-snippet.js';

describe('the code in the documentation', () => {
  it('is accepted by the compiler', { timeout: 120_000 }, () => {
    expect(typeErrors(snippets)).toEqual([]);
  });

  const run = snippets.filter(({ isRun }) => isRun);
  it.each(run.map((snippet) => [`${snippet.page}:${snippet.line}`, snippet] as const))(
    'prints what it is said to: %s',
    async (_, snippet) => {
      expect(await printed(snippet)).toBe(snippet.output);
    },
  );
});
