import { existsSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, it } from 'vitest';
import { page, pages, root } from './pages.js';

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(text: string): string[] {
  const headings = withoutCode(text).matchAll(/^#{1,6} (.+)$/gm);
  return Array.from(headings, ([, heading = '']) =>
    heading
      .trim()
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^```[\s\S]*?^```$/gm, '');
}

const links = pages
  .flatMap(({ path, text }) =>
    Array.from(withoutCode(text).matchAll(/\]\(([^)\s]+)\)/g), ([, target = '']) => ({ path, target })),
  )
  .filter(({ target }) => !/^[a-z]+:/.test(target));

describe('the links between pages', () => {
  it('lead somewhere', () => {
    const broken = links.filter(({ path, target }) => {
      const [file = '', anchor] = target.split('#');
      const to = file === '' ? path : normalize(join(dirname(path), file));
      if (!existsSync(join(root, to))) return true;
      return anchor !== undefined && !anchorsOf(page(to)).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  it('reach every page from the README', () => {
    const reached = new Set(['README.md']);
    for (const path of reached) {
      for (const link of links.filter((each) => each.path === path)) {
        const to = normalize(join(dirname(path), link.target.split('#')[0] ?? ''));
        if (existsSync(join(root, to)) && statSync(join(root, to)).isFile()) reached.add(to);
      }
    }
    const missed = pages.map(({ path }) => path).filter((path) => path !== 'CHANGELOG.md' && !reached.has(path));
    expect(missed).toEqual([]);
  });
});
