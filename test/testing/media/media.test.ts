import { describe, expect, it } from 'vitest';
import type { SimulatorOptions } from '../../../src/testing/index.js';
import { scene } from '../wire.js';

const DAY_MS = 86_400_000;
const timeline = [{ afterMs: 0, status: 'completed' }] as const;

async function finished(options: SimulatorOptions = {}) {
  const { add, clock, read, sim } = scene(options);
  const id = add('cometapi', { timeline });
  const link = async () => (await read('cometapi', id))['video_url'] as string;
  const download = async (headers: Record<string, string> = {}) => sim.fetch(await link(), { headers });
  return { clock, download, id, link, sim };
}

describe('the media route', () => {
  it('serves the video without a key, whole or in part', async () => {
    const { download } = await finished();
    const whole = await download();
    expect([whole.status, whole.headers.get('content-type')]).toEqual([200, 'video/mp4']);
    const bytes = new Uint8Array(await whole.arrayBuffer());
    expect(whole.headers.get('content-length')).toBe(String(bytes.length));
    const etag = whole.headers.get('etag') ?? '';
    const part = await download({ range: 'bytes=100-', 'if-range': etag });
    expect([part.status, part.headers.get('etag')]).toEqual([206, etag]);
    expect(new Uint8Array(await part.arrayBuffer())).toEqual(bytes.subarray(100));
  });

  it('serves files of the size that is asked for', async () => {
    const { download } = await finished({ videoSizeBytes: 300_000 });
    expect((await (await download()).arrayBuffer()).byteLength).toBe(300_000);
  });

  it('refuses a link that is not signed', async () => {
    const { link, sim } = await finished();
    const forged = (await link()).replace(/sig=./, 'sig=x');
    expect((await sim.fetch(forged)).status).toBe(403);
    expect((await sim.fetch(forged.replace(/\?.*/, ''))).status).toBe(403);
  });

  it('gives one link until it expires, and then another', async () => {
    const { clock, link, sim } = await finished();
    const first = await link();
    await clock.advance(DAY_MS - 1);
    expect(await link()).toBe(first);
    expect((await sim.fetch(first)).status).toBe(200);
    await clock.advance(1);
    expect((await sim.fetch(first)).status).toBe(403);
    expect(await link()).not.toBe(first);
    expect((await sim.fetch(await link())).status).toBe(200);
  });

  it('shortens the life of a link as it is told to', async () => {
    const { clock, link, sim } = await finished({ linkTtlMs: 1_000 });
    const first = await link();
    await clock.advance(1_000);
    expect((await sim.fetch(first)).status).toBe(403);
  });
});
