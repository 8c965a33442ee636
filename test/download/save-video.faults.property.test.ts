import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { saveVideo } from '../../src/download/to-file/save-video.js';
import { anyFault, faults } from './faults.js';
import { cdn, clientOf, completed, contentsOf, folder, good, latin, outcomeOf, sha256, videoOf } from './stage.js';

const bytes = 40_000;
const video = videoOf('a', bytes);
const other = videoOf('b', bytes);
const impatient = { retry: { giveUpAfterMs: 2_000, initialMs: 0, maxMs: 1 }, stallTimeoutMs: 60 };

describe('a download through any faults', () => {
  it('is whole, or a clear error and no file, and never a mixture', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFault(bytes), { minLength: 1, maxLength: 5 }), async (script) => {
        const { url } = await cdn((request, response, nth) => {
          const fault = script[nth];
          const answer = fault ? faults[fault.name]?.(video, other, fault.at) : undefined;
          (answer ?? good(video))(request, response, nth);
        });
        const dir = await folder();
        const path = join(dir, 'out.mp4');
        const { client } = clientOf({ read: () => completed({ videoUrl: url }), contentUrl: url });
        const outcome = await outcomeOf(saveVideo(client, completed({ videoUrl: url }), path, impatient));
        const files = await contentsOf(dir);
        if ('sha256' in outcome) {
          const whole = outcome.sha256 === sha256(other) ? other : video;
          expect(outcome.sha256).toBe(sha256(whole));
          expect(files).toEqual({ 'out.mp4': latin(whole) });
        } else {
          expect(outcome).toMatchObject({ code: 'DOWNLOAD_FAILED', message: expect.stringMatching(/./) });
          expect(Object.keys(files)).not.toContain('out.mp4');
          expect(Object.keys(files)).not.toContain('out.mp4.part.lock');
        }
      }),
      { numRuns: Number(process.env['RUNS'] ?? 60) },
    );
  }, 120_000);

  it.each(Object.keys(faults))('is whole after one answer of the kind "%s"', async (name) => {
    const { url } = await cdn((request, response, nth) => {
      const answer = nth === 0 ? faults[name]?.(video, other, 10_000) : undefined;
      (answer ?? good(video))(request, response, nth);
    });
    const dir = await folder();
    const { client } = clientOf({ read: () => completed({ videoUrl: url }), contentUrl: url });
    const outcome = await outcomeOf(saveVideo(client, completed({ videoUrl: url }), join(dir, 'out.mp4'), impatient));
    expect(outcome).toMatchObject({ sha256: sha256(video) });
  });

  it.each(Object.keys(faults))('is whole when what came before an answer of the kind "%s" is there', async (name) => {
    const { url } = await cdn((request, response, nth) => {
      if (nth === 0) return faults['silence']?.(video, other, 10_000)(request, response, nth);
      const answer = nth === 1 ? faults[name]?.(video, other, 5_000) : undefined;
      (answer ?? good(video))(request, response, nth);
    });
    const dir = await folder();
    const { client } = clientOf({ read: () => completed({ videoUrl: url }), contentUrl: url });
    const start = () => outcomeOf(saveVideo(client, completed({ videoUrl: url }), join(dir, 'out.mp4'), impatient));
    const outcome = await start();
    // Too long a body ends the download; the next one trusts nothing of it.
    expect('sha256' in outcome ? outcome : await start()).toMatchObject({ sha256: sha256(video) });
  });
});
