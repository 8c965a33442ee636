import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endings, videoFileName, videoFileStem } from '../../src/download/to-file/video-file-name.js';
import { idProblem } from '../../src/task/ref.js';

const id = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }),
    fc.stringMatching(/^[aAbB:.=-]{1,12}$/),
    fc.string({ minLength: 190, maxLength: 512 }),
    fc.constantFrom('../../x', '/etc/x', 'CON', 'con', 'a:b', '\u202eabc', '~', 'a\\b', '-rf'),
  )
  .filter((text) => idProblem(text) === undefined);

describe('the name of a video', () => {
  it('is the provider and the id', () => {
    expect(videoFileName({ provider: 'ark', id: 'cgt-2026:1' }, 'mp4')).toBe('ark-cgt-2026=3A1.mp4');
    expect(videoFileName({ provider: 'ark', id: 'x' }, undefined)).toBe('ark-x.bin');
  });

  it('is plain, short, and leads nowhere, whatever the id', () => {
    fc.assert(
      fc.property(id, fc.constantFrom(...endings), (text, ending) => {
        const name = videoFileName({ provider: 'p', id: text }, ending === 'bin' ? undefined : ending);
        expect(name).toMatch(/^p-[\w=-]+\.[a-z0-9]+$/);
        expect(name.length).toBeLessThanOrEqual(200);
      }),
    );
  });

  it('is another for another id, also where case counts for nothing', () => {
    fc.assert(
      fc.property(id, id, (a, b) => {
        fc.pre(a !== b);
        const [one, other] = [a, b].map((text) => videoFileStem({ provider: 'p', id: text }).toLowerCase());
        expect(one).not.toBe(other);
      }),
    );
    const folded = ['a', 'A', 'a:', 'A:', 'x'.repeat(512), `${'x'.repeat(511)}y`].map((text) =>
      videoFileStem({ provider: 'p', id: text }).toLowerCase(),
    );
    expect(new Set(folded).size).toBe(folded.length);
  });
});
