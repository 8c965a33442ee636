import { describe, expect, it } from 'vitest';
import { ark, createClient, infinityBlue } from '../../src/index.js';
import { createClock, createSimulator } from '../../src/testing/index.js';

const task = { provider: 'infinity-blue', id: 'video_1' };

async function studio() {
  const clock = createClock();
  const sim = createSimulator({ scheduler: clock });
  sim.add('infinity-blue', { id: task.id, timeline: [{ afterMs: 1_000, status: 'completed' }] });
  await clock.advance(2_000);
  const providers = [
    infinityBlue({ apiKey: 'sk-content-0123456789', baseUrl: 'http://localhost/infinity-blue' }),
    ark({ apiKey: 'sk-content-0123456789', baseUrl: 'http://localhost/ark' }),
  ];
  return { clock, sim, client: createClient(providers, { fetch: sim.fetch, scheduler: clock }) };
}

const bytesOf = async (body: ReadableStream<Uint8Array>) => new Uint8Array(await new Response(body).arrayBuffer());

describe('the content of a task', () => {
  it('is what the content route serves, with one request', async () => {
    const { sim, client } = await studio();
    const { status, body, header } = await client.content(task);
    const bytes = await bytesOf(body);
    expect([status, header('content-type'), bytes.length]).toEqual([
      200,
      'video/mp4',
      Number(header('content-length')),
    ]);
    expect(new TextDecoder().decode(bytes.slice(4, 8))).toBe('ftyp');
    expect(sim.requests.map(({ operation, headers }) => [operation, headers['accept-encoding']])).toEqual([
      ['content', 'identity'],
    ]);
  });

  it('is a part of it where a range is asked for', async () => {
    const { client } = await studio();
    const { status, body, header } = await client.content(task, { range: 'bytes=4-7' });
    expect([status, new TextDecoder().decode(await bytesOf(body))]).toEqual([206, 'ftyp']);
    expect(header('content-range')).toMatch(/^bytes 4-7\//);
  });

  it('is UNSUPPORTED where the provider has no such route', async () => {
    const { sim, client } = await studio();
    const asked = { provider: 'ark', id: 'cgt-1' };
    await expect(client.content(asked)).rejects.toMatchObject({ code: 'UNSUPPORTED', task: asked });
    expect(sim.requests).toEqual([]);
  });

  it('is given up by its signal, with its reason', async () => {
    const { sim, client } = await studio();
    await expect(client.content(task, { signal: AbortSignal.abort('enough') })).rejects.toBe('enough');
    expect(sim.requests).toEqual([]);
  });
});
