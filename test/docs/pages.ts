import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** A page of the documentation. */
export interface Page {
  /** From the root, such as `docs/errors.md`. */
  readonly path: string;
  readonly text: string;
}

/** A fenced block: its language, the words behind that, and its content. */
export interface Fence {
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly words: readonly string[];
  readonly text: string;
}

/** Code that a reader may copy, and what it is said to print. */
export interface Snippet extends Fence {
  readonly isRun: boolean;
  readonly isVirtual: boolean;
  readonly output: string;
}

/** Every page but the generated reference. */
export const pages: readonly Page[] = ['README.md', 'CHANGELOG.md', ...markdownIn('docs')].map((path) => ({
  path,
  text: readFileSync(join(root, path), 'utf8'),
}));

export function page(path: string): string {
  return pages.find((each) => each.path === path)?.text ?? '';
}

function markdownIn(folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.md'))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((path) => dirname(path).split('/')[1] !== 'reference')
    .sort();
}

export function fencesOf({ path, text }: Page): Fence[] {
  return Array.from(text.matchAll(/^```(\S*)(.*)\n([\s\S]*?)^```$/gm), (match) => ({
    page: path,
    line: text.slice(0, match.index).split('\n').length,
    language: match[1] ?? '',
    words: (match[2] ?? '').split(' ').filter(Boolean),
    text: match[3] ?? '',
  }));
}

/**
 * All TypeScript of the pages. `ts` is checked; `ts run` is run too, and prints what the next `text` block says;
 * `ts run virtual` is run in virtual time, with a simulator in place of the vendors.
 */
export const snippets: readonly Snippet[] = pages.flatMap((each) => {
  const fences = fencesOf(each);
  return fences.flatMap((fence, i) => {
    if (fence.language !== 'ts') return [];
    const next = fences[i + 1];
    return {
      ...fence,
      isRun: fence.words.includes('run'),
      isVirtual: fence.words.includes('virtual'),
      output: next?.language === 'text' && next.words.length === 0 ? next.text : '',
    };
  });
});

/** What stands in a line of a table, without its marks. */
export function cellsOf(row: string): string[] {
  return row
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replace(/^`|`$/g, ''));
}
