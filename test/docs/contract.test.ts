import { describe, expect, it } from 'vitest';
import { law } from '../watch/law.js';
import { page, pages } from './pages.js';

describe('docs/contract.md', () => {
  const text = page('docs/contract.md');
  const chapters = text.split(/^## /m).filter((chapter) => /^\d/.test(chapter));

  it('has a chapter for each point of the law, which names the property that proves it', () => {
    const named = chapters.map((chapter) => /^> Proved by: `(.+)`$/m.exec(chapter)?.[1]);
    expect(named).toEqual(law.map(({ point }) => point));
  });

  it('says in each chapter what must be', () => {
    for (const chapter of chapters) expect(chapter).toMatch(/^1\. .*MUST/m);
  });
});

describe('the pages', () => {
  it('are as short as they promise', () => {
    const linesOf = (path: string) => page(path).split('\n').length;
    expect(linesOf('README.md')).toBeLessThan(200);
    const decisions = pages.filter(({ path }) => path.startsWith('docs/decisions/'));
    expect(decisions.length).toBeGreaterThan(0);
    for (const { path, text: decision } of decisions) {
      expect(linesOf(path), path).toBeLessThanOrEqual(40);
      for (const part of ['Status', 'Decision', 'Why', 'Consequence'])
        expect(decision, path).toContain(`**${part}**: `);
    }
  });
});
