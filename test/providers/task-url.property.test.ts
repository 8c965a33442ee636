import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isRushesError } from '../../src/errors.js';
import { ark } from '../../src/providers/ark.js';
import { cometapi } from '../../src/providers/cometapi.js';
import type { Operation, Provider } from '../../src/providers/provider.js';
import { taskUrl } from '../../src/providers/task-url.js';
import { idProblem } from '../../src/task/ref.js';

const prefixed = cometapi({ apiKey: 'k', baseUrl: 'https://h.example/a%20b/c' });
const routes: [string, Provider, Exclude<Operation['kind'], 'create'>, string, string][] = [
  ['a read', prefixed, 'read', '/a%20b/c/v1/videos/', ''],
  ['a content', prefixed, 'content', '/a%20b/c/v1/videos/', '/content'],
  ['a read at Ark', ark({ apiKey: 'k' }), 'read', '/api/v3/contents/generations/tasks/', ''],
  ['a cancel at Ark', ark({ apiKey: 'k' }), 'cancel', '/api/v3/contents/generations/tasks/', ''],
];

const anyId = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 20 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '.',
    '..',
    '%2e%2e',
    '%2E',
    '/',
    '//',
    'a/../b',
    '?x',
    '#x',
    '\\',
    ' ',
    'sora-2:task_01',
    "!'()*~",
    ';',
    '\ud800',
  ),
  fc.string({ minLength: 505, maxLength: 520 }),
);

describe('an id in an address', () => {
  test.each(routes)('of %s is refused or one segment that decodes to it', (_name, provider, kind, before, after) => {
    fc.assert(
      fc.property(anyId, (id) => {
        let url: string;
        try {
          url = provider.ask({ kind, task: { provider: provider.name, id } }).url;
        } catch (error) {
          expect(isRushesError(error) && error.code).toBe('INVALID_ARGUMENT');
          expect(idProblem(id)).toBeDefined();
          return;
        }
        const { pathname, search, hash, origin } = new URL(url);
        expect(pathname.startsWith(before) && pathname.endsWith(after)).toBe(true);
        const segment = pathname.slice(before.length, pathname.length - after.length);
        expect(segment).not.toContain('/');
        expect([decodeURIComponent(segment), search, hash, origin]).toEqual([
          id,
          '',
          '',
          new URL(provider.baseUrl).origin,
        ]);
      }),
    );
  });

  test.each(['', '.', '..', 'a\nb', '\ud800', 'x'.repeat(513)])('%j is refused', (id) => {
    expect(() => taskUrl('https://h.example/v1/videos', id)).toThrow(/^task\.id: expected /);
  });

  test('is checked where it would change the path all the same', () => {
    expect(() => taskUrl('https://h.example/v1/../videos', 'a')).toThrow(/one segment of a path/);
  });
});
