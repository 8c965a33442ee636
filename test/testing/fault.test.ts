import { describe, expect, it } from 'vitest';
import { type Fault, type FaultRequest, randomFaults, transientFaults } from '../../src/testing/index.js';
import { BASE, type Body, fixture, postForm, scene, shapeOf } from './wire.js';

const running = [{ afterMs: 0, status: 'in_progress', progress: 30 }] as const;
const order = postForm({ model: 'doubao-seedance-2-0', prompt: 'A cat' });

/** One poll of a running task that meets a fault. */
async function poll(fault: Fault, init?: RequestInit) {
  const { add, ask, clock, sim } = scene({ faults: () => fault });
  const id = add('cometapi', { timeline: running });
  const answer = ask(`${BASE.cometapi}/${id}`, init);
  answer.catch(() => undefined);
  return { answer, clock, id, sim };
}

describe('a fault', () => {
  it('delays the true answer', async () => {
    const { answer, clock, sim } = await poll({
      kind: 'delay',
      ms: 7_000,
      headers: { 'openai-poll-after-ms': '2000' },
    });
    await clock.advance(6_999);
    expect(sim.inFlight).toBe(1);
    await clock.advance(1);
    expect(sim.inFlight).toBe(0);
    expect(await (await answer).json()).toMatchObject({ status: 'in_progress' });
    expect((await answer).headers.get('openai-poll-after-ms')).toBe('2000');
  });

  it.each(['hang', 'delay'] as const)(
    'of the kind %s ends with the request and leaves nothing behind',
    async (kind) => {
      const leave = new AbortController();
      const { answer, clock, sim } = await poll({ kind }, { signal: leave.signal });
      await clock.advance(4_000);
      expect(sim.inFlight).toBe(1);
      leave.abort(new Error('left'));
      await expect(answer).rejects.toThrow('left');
      expect([sim.inFlight, clock.pending]).toEqual([0, 0]);
      expect(sim.requests[0]).not.toHaveProperty('answeredStatus');
    },
  );

  it('resets the connection', async () => {
    await expect((await poll({ kind: 'reset' })).answer).rejects.toBeInstanceOf(TypeError);
  });

  it.each([
    [{ kind: 'rateLimited' }, null],
    [{ kind: 'rateLimited', retryAfter: 3 }, '3'],
    [{ kind: 'rateLimited', retryAfter: 'Wed, 21 Oct 2026 07:28:00 GMT' }, 'Wed, 21 Oct 2026 07:28:00 GMT'],
  ] as const)('limits the rate: %o', async (fault, retryAfter) => {
    const answer = await (await poll(fault)).answer;
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe(retryAfter);
    expect(shapeOf(await answer.json())).toEqual(shapeOf(fixture('errors-newapi-429-create')['body']));
  });

  it('gives other hints', async () => {
    const answer = await (await poll({ kind: 'rateLimited', headers: { 'retry-after-ms': '1250' } })).answer;
    expect(answer.headers.get('retry-after-ms')).toBe('1250');
  });

  it.each(Object.keys(BASE) as (keyof typeof BASE)[])('is a server error in the words of %s', async (provider) => {
    const { ask } = scene({ faults: () => ({ kind: 'serverError', status: 503 }) });
    const answer = await ask(`${BASE[provider]}/x`);
    expect(answer.status).toBe(503);
    expect(await answer.json()).toMatchObject({ error: { message: expect.any(String), type: expect.any(String) } });
  });

  it.each([undefined, 200, 404])('is a page: %s', async (status) => {
    const answer = await (await poll({ kind: 'html', ...(status && { status }) })).answer;
    expect(answer.status).toBe(status ?? 502);
    expect(answer.headers.get('content-type')).toBe('text/html');
    expect(await answer.text()).toContain('<html>');
  });

  it('garbles the body', async () => {
    const answer = await (await poll({ kind: 'garbled' })).answer;
    const text = await answer.text();
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'application/json']);
    expect(text).toMatch(/^\{"id":"task_/);
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
  });

  it('empties the body', async () => {
    const answer = await (await poll({ kind: 'empty' })).answer;
    expect([answer.status, await answer.text()]).toEqual([200, '']);
  });

  it('is an error with status 200', async () => {
    const answer = await (await poll({ kind: 'errorBody', message: 'busy' })).answer;
    expect([answer.status, await answer.json()]).toMatchObject([200, { error: { message: 'busy' } }]);
  });

  it('says a word that nobody knows', async () => {
    expect(await (await (await poll({ kind: 'unknownStatus' })).answer).json()).toMatchObject({ status: 'dreaming' });
    const answer = await (await poll({ kind: 'unknownStatus', word: '' })).answer;
    expect(await answer.json()).toMatchObject({ status: '' });
  });

  it('requeues', async () => {
    const answer = await (await poll({ kind: 'requeue' })).answer;
    expect(await answer.json()).toMatchObject({ status: 'queued', progress: 0 });
  });

  it('does not find a task that is there', async () => {
    const answer = await (await poll({ kind: 'notFound' })).answer;
    expect([answer.status, await answer.json()]).toMatchObject([400, { code: 'task_not_exist' }]);
  });

  it("is another task's answer", async () => {
    const { answer, id } = await poll({ kind: 'otherTask' });
    const body = (await (await answer).json()) as Body;
    expect(body).toMatchObject({ id: 'another-task', status: 'in_progress' });
    expect(body['id']).not.toBe(id);
  });

  it.each([
    [{ kind: 'echo' }, 500],
    [{ kind: 'echo', status: 200 }, 200],
    [{ kind: 'echo', as: 'html' }, 500],
    [{ kind: 'echo', as: 'location' }, 302],
  ] as const)('echoes the headers of the request: %o', async (fault, status) => {
    const answer = await (await poll(fault, { headers: { authorization: 'Bearer sk-secret' } })).answer;
    expect(answer.status).toBe(status);
    expect((await answer.text()) + answer.headers.get('location')).toContain('sk-secret');
  });

  it('redirects', async () => {
    const answer = await (await poll({ kind: 'redirect', location: 'https://elsewhere.example/', status: 307 })).answer;
    expect([answer.status, answer.headers.get('location')]).toEqual([307, 'https://elsewhere.example/']);
  });

  it('sends as much as is asked for, as fast as it is read', async () => {
    const small = await (await poll({ kind: 'oversize', bytes: 200_000 })).answer;
    const text = await small.text();
    expect(text).toHaveLength(200_000);
    expect(JSON.parse(text)).toHaveProperty('padding');
    const reader = (await (await poll({ kind: 'oversize', bytes: 1e15 })).answer).body?.getReader();
    expect((await reader?.read())?.done).toBe(false);
    await reader?.cancel();
  });

  it('breaks the body off', async () => {
    const partOf = async (answer: Response) => {
      const parts: number[] = [];
      try {
        for await (const part of answer.body as unknown as AsyncIterable<Uint8Array>) parts.push(part.length);
      } catch (error) {
        return [...parts, (error as Error).message];
      }
      return parts;
    };
    const cutBy = async (ending: 'reset' | 'end') =>
      partOf(await (await poll({ kind: 'cut', afterBytes: 9, ending })).answer);
    expect(await cutBy('reset')).toEqual([9, 'terminated']);
    expect(await cutBy('end')).toEqual([9]);
    const leave = new AbortController();
    const silent = partOf(
      await (await poll({ kind: 'cut', afterBytes: 9, ending: 'silence' }, { signal: leave.signal })).answer,
    );
    await new Promise((resolve) => setImmediate(resolve));
    leave.abort(new Error('left'));
    expect(await silent).toEqual([9, 'left']);
  });

  it('is anything else', async () => {
    const respond = (request: Request) => new Response(request.url, { status: 418 });
    const { answer, id } = await poll({ kind: 'respond', respond });
    expect([(await answer).status, await (await answer).text()]).toEqual([418, `${BASE.cometapi}/${id}`]);
  });

  it.each([
    [{ kind: 'reset' }, 0],
    [{ kind: 'reset', carriedOut: true }, 1],
    [{ kind: 'html' }, 0],
    [{ kind: 'html', carriedOut: true }, 1],
    [{ kind: 'garbled' }, 1],
  ] as const)('of a POST %o leaves %i tasks', async (fault, tasks) => {
    const { ask, sim } = scene({ faults: () => fault });
    await ask(BASE.cometapi, order).catch(() => undefined);
    expect(sim.tasks).toHaveLength(tasks);
    expect(sim.requests).toHaveLength(1);
  });

  it('may delay the answer to a POST that is carried out at once', async () => {
    const { ask, clock, sim } = scene({ faults: () => ({ kind: 'delay', ms: 60_000, carriedOut: true }) });
    const answer = ask(BASE.cometapi, order);
    await clock.advance(0);
    expect(sim.tasks).toHaveLength(1);
    await clock.advance(60_000);
    expect(await (await answer).json()).toMatchObject({ id: sim.tasks[0]?.id, status: 'queued' });
  });
});

describe('a fault script', () => {
  it('is told of every request which one it is', async () => {
    const told: FaultRequest[] = [];
    const faults = (request: FaultRequest) => void told.push(request);
    const { add, ask, read, sim } = scene({ faults });
    await ask(BASE.cometapi, order);
    await ask(BASE.cometapi, order);
    const id = add('cometapi', { timeline: [{ afterMs: 0, status: 'completed' }] });
    await read('cometapi', id);
    const { video_url: url } = await read('cometapi', id);
    await sim.fetch(url as string);
    await read('ark', 'none');
    const task = sim.task('cometapi', id);
    expect(told).toEqual([
      { provider: 'cometapi', operation: 'create', nth: 1 },
      { provider: 'cometapi', operation: 'create', nth: 2 },
      { provider: 'cometapi', operation: 'read', id, nth: 1, task },
      { provider: 'cometapi', operation: 'read', id, nth: 2, task },
      { provider: 'cometapi', operation: 'media', id, nth: 1, task },
      { provider: 'ark', operation: 'read', id: 'none', nth: 1 },
    ]);
  });
});

describe('randomFaults', () => {
  const request = (nth: number, id = 'task_1'): FaultRequest => ({ provider: 'cometapi', operation: 'read', id, nth });
  const polls = Array.from({ length: 1_000 }, (_, n) => request(n + 1));

  it('strikes as often as it is told to, with trouble that passes', () => {
    const faults = polls.map(randomFaults({ rate: 0.3 })).flatMap((fault) => fault ?? []);
    expect(faults.length / polls.length).toBeCloseTo(0.3, 1);
    expect(new Set(faults.map(({ kind }) => kind))).toEqual(new Set(transientFaults));
  });

  it('depends on the seed and the request, not on the order', () => {
    const script = randomFaults({ seed: 5 });
    const forwards = polls.map(script);
    expect([...polls].reverse().map(script).reverse()).toEqual(forwards);
    expect(polls.map(randomFaults({ seed: 6 }))).not.toEqual(forwards);
    expect(polls.map(({ nth }) => script(request(nth, 'task_2')))).not.toEqual(forwards);
  });

  it('keeps to the kinds and the operations that are named', () => {
    const script = randomFaults({ rate: 1, kinds: ['reset'], operations: ['create'] });
    expect(script({ provider: 'ark', operation: 'create', nth: 1 })).toEqual({ kind: 'reset' });
    expect(script(request(1))).toBeUndefined();
    expect(randomFaults({ rate: 1, kinds: [] })(request(1))).toBeUndefined();
  });
});
