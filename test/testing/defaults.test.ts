import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  mediaDefaults,
  randomFaultsDefaults,
  randomTimelineDefaults,
  simulatorDefaults,
} from '../../src/testing/index.js';

/** The words after `@defaultValue` in front of each option. */
function documented(path: string): Map<string, string> {
  const source = readFileSync(new URL(`../../src/testing/${path}`, import.meta.url), 'utf8');
  const options = source.matchAll(/@defaultValue ([^*]+?)\s*\*\/\s*readonly (\w+)\?:/g);
  return new Map(Array.from(options, ([, value = '', name = '']) => [name, value]));
}

describe('the documented defaults', () => {
  it.each([
    ['simulator.ts', simulatorDefaults],
    ['timeline.ts', randomTimelineDefaults],
    ['fault.ts', { rate: randomFaultsDefaults.rate, seed: randomFaultsDefaults.seed }],
    ['media/media.ts', mediaDefaults],
  ])('of %s are the real ones', (path, defaults) => {
    const docs = documented(path);
    for (const [name, value] of Object.entries(defaults)) {
      const quoted = /`(.+)`/.exec(docs.get(name) ?? '')?.[1]?.replace(/(?<=\d)_(?=\d)/g, '');
      expect(JSON.parse(quoted ?? 'null'), name).toEqual(value);
    }
  });
});
