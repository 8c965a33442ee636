import { get, Agent as HttpAgent } from 'node:http';
import { Agent, fetch, type RequestInit } from 'undici';
import { afterEach, describe, expect, it } from 'vitest';
import { type SimulateOptions, type Simulation, simulate } from '../../src/testing/index.js';
import { mp4Of } from '../../src/testing/media/mp4.js';

const headers = { authorization: 'Bearer key' };
const completed = [{ afterMs: 0, status: 'completed' }] as const;

describe('simulate', () => {
  const open: (() => Promise<void>)[] = [];

  async function serve(options: SimulateOptions = {}): Promise<Simulation> {
    const sim = await simulate(options);
    open.push(sim.close);
    return sim;
  }

  afterEach(async () => {
    for (const close of open.splice(0)) await close();
  });

  it('serves all four APIs on the loopback address', async () => {
    const sim = await serve();
    expect(sim.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const answers = [
      fetch(`${sim.url}/cometapi/v1/videos/${sim.add('cometapi')}`, { headers }),
      fetch(`${sim.url}/infinity-blue/v1/videos/${sim.add('infinity-blue')}`, { headers }),
      fetch(`${sim.url}/ark/contents/generations/tasks/${sim.add('ark')}`, { headers }),
      fetch(`${sim.url}/openai-compatible/v1/videos/${sim.add('openai-compatible')}`, { headers }),
    ];
    expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect(sim.requests).toHaveLength(4);
    expect(sim.tasks.map(({ counts }) => counts.read)).toEqual([1, 1, 1, 1]);
  });

  it('runs as fast as it is told to, from POST to video', async () => {
    const sim = await serve({ speed: 10_000 });
    const body = JSON.stringify({ model: 'doubao-seedance-2-0-260128', prompt: 'A cat', seconds: '5' });
    const json = { ...headers, 'content-type': 'application/json' };
    const posted = await fetch(`${sim.url}/infinity-blue/v1/videos`, { method: 'POST', body, headers: json });
    const { id } = (await posted.json()) as { id: string };
    const read = async () =>
      (await (await fetch(`${sim.url}/infinity-blue/v1/videos/${id}`, { headers })).json()) as {
        metadata?: { url: string };
      };
    await expect.poll(async () => (await read()).metadata?.url).toContain(`${sim.url}/media/`);
    const video = await fetch((await read()).metadata?.url ?? '', { headers: { range: 'bytes=4-7' } });
    expect([video.status, await video.text()]).toEqual([206, 'ftyp']);
  });

  it('shares its state with the handler in the process', async () => {
    const sim = await serve();
    const id = sim.add('cometapi', { timeline: completed });
    const answer = await sim.fetch(`${sim.url}/cometapi/v1/videos/${id}`, { headers });
    expect(await answer.json()).toMatchObject({
      video_url: expect.stringContaining(`${sim.url}/media/cometapi/${id}`),
    });
    expect(sim.requests).toHaveLength(1);
  });

  it('sends a large file to a slow reader', async () => {
    const sim = await serve({ videoSizeBytes: 5_000_000 });
    const id = sim.add('infinity-blue', { timeline: completed });
    const answer = await fetch(`${sim.url}/infinity-blue/v1/videos/${id}/content`, { headers });
    const expected = mp4Of(`infinity-blue/${id}`, { sizeBytes: 5_000_000 });
    expect(Buffer.from(await answer.arrayBuffer()).equals(expected)).toBe(true);
  });

  it.each([
    ['reset', {}],
    ['cut', {}],
    ['cut', { ending: 'end' }],
  ] as const)('breaks the connection for %s %o', async (kind, more) => {
    const sim = await serve({ faults: () => ({ kind, ...more }) });
    const id = sim.add('infinity-blue', { timeline: completed });
    const url = `${sim.url}/infinity-blue/v1/videos/${id}/content`;
    await expect(fetch(url, { headers }).then((answer) => answer.arrayBuffer())).rejects.toBeInstanceOf(TypeError);
  });

  it('notices that a client has left', async () => {
    const sim = await serve({ faults: () => ({ kind: 'hang' }) });
    const leave = new AbortController();
    const answer = fetch(`${sim.url}/ark/contents/generations/tasks/x`, { signal: leave.signal });
    answer.catch(() => undefined);
    await expect.poll(() => sim.inFlight).toBe(1);
    leave.abort();
    await expect.poll(() => sim.inFlight).toBe(0);
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('stops sending when the reader leaves', async () => {
    const sim = await serve({ faults: () => ({ kind: 'oversize', bytes: 1e12 }) });
    const leave = new AbortController();
    const answer = await fetch(`${sim.url}/ark/contents/generations/tasks/x`, { signal: leave.signal });
    const reader = answer.body?.getReader();
    await reader?.read();
    leave.abort();
    await expect(reader?.read()).rejects.toMatchObject({ name: 'AbortError' });
  });

  it('holds many connections at once and drops them all when it closes', async () => {
    const sim = await serve({ faults: () => ({ kind: 'hang' }) });
    const agent = new HttpAgent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
    const gone = Array.from({ length: 600 }, () => {
      const request = get(`${sim.url}/ark/contents/generations/tasks/x`, { agent });
      return new Promise((resolve) => request.on('error', resolve));
    });
    await expect.poll(() => sim.inFlight, { timeout: 10_000 }).toBe(600);
    await sim.close();
    await Promise.all(gone);
    expect(sim.inFlight).toBe(0);
    agent.destroy();
  });

  it('frees its port, and says when a port is taken', async () => {
    const sim = await serve();
    const port = Number(new URL(sim.url).port);
    await expect(simulate({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await sim.close();
    expect((await serve({ port })).url).toBe(sim.url);
  });

  it('keeps connections alive', async () => {
    const sim = await serve();
    const dispatcher = new Agent({ connections: 1 });
    const init: RequestInit = { headers, dispatcher };
    for (let n = 0; n < 3; n++) await (await fetch(`${sim.url}/ark/contents/generations/tasks/x`, init)).text();
    expect(sim.requests).toHaveLength(3);
    await dispatcher.close();
  });
});
