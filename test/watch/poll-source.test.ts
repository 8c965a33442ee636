import { describe, expect, it } from 'vitest';
import { ark, pollEvery, pollSource, shareByTask, type TaskRef } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { type Answer, inTurn, provider, ref, refused, said, scripted } from './scripted.js';
import { Viewer } from './viewer.js';

function source(...answers: Answer[]) {
  const clock = createClock();
  const startMs = clock.now();
  const server = scripted(clock, inTurn(...answers));
  const options = { transport: server.transport, scheduler: clock, random: () => 0.5 };
  return {
    clock,
    server,
    options,
    source: pollSource(provider(), { ...options, cadence: pollEvery(1_000) }),
    askedAt: () => server.requests.map(({ startedMs }) => startedMs - startMs),
  };
}

describe('a bare source of polls', () => {
  it('passes on every answer, the last included, and completes', async () => {
    const { clock, source: bare, askedAt } = source(said('queued'), said('queued'), said('completed'));
    const viewer = new Viewer(bare(ref));
    await clock.advance(10_000);
    expect(viewer.heard.map(({ status }) => status)).toEqual(['queued', 'queued', 'completed']);
    expect([viewer.end, askedAt(), clock.pending]).toEqual(['complete', [0, 1_100, 2_200], 0]);
  });

  it('asks for each subscriber, and obeys the law inside shareByTask', async () => {
    const { clock, source: bare, server } = source(said('queued'));
    const pair = [new Viewer(bare(ref)), new Viewer(bare(ref))];
    await clock.advance(0);
    expect(server.requests).toHaveLength(2);
    for (const viewer of pair) viewer.leave();
    const shared = shareByTask(bare);
    const viewers = [new Viewer(shared(ref)), new Viewer(shared(ref))];
    await clock.advance(2_000);
    expect(server.requests).toHaveLength(4);
    expect(viewers.map(({ heard }) => heard.length)).toEqual([1, 1]);
    for (const viewer of viewers) viewer.leave();
    expect([clock.pending, server.inFlight]).toEqual([0, 0]);
  });

  it('starts anew for each subscription to one of its streams', async () => {
    const { clock, source: bare, askedAt } = source(said('queued'), said('completed'));
    const stream = bare(ref);
    await clock.advance(3_000);
    new Viewer(stream).leave();
    const viewer = new Viewer(stream);
    await clock.advance(10_000);
    expect([viewer.end, askedAt()]).toEqual(['complete', [3_000, 4_100]]);
  });

  it('has a budget of its own: 32 requests at once', async () => {
    const { clock, server, options } = source({ kind: 'hang' });
    const many = pollSource(provider(), options);
    const tasks = Array.from({ length: 40 }, (_, i): TaskRef => ({ provider: 'cometapi', id: `t${i}` }));
    const viewers = tasks.map((task) => new Viewer(many(task)));
    await clock.advance(0);
    expect([server.inFlight, server.requests.length]).toEqual([32, 32]);
    viewers[0]?.leave();
    expect(server.requests).toHaveLength(33);
    for (const viewer of viewers) viewer.leave();
    expect([server.inFlight, clock.pending]).toEqual([0, 0]);
  });

  it('has that budget in its own time', async () => {
    const { clock, source: bare, askedAt } = source(refused(429, '', { 'retry-after': '7' }), said('completed'));
    new Viewer(bare(ref)).leave();
    const first = new Viewer(bare(ref));
    await clock.advance(200);
    const second = new Viewer(bare(ref));
    await clock.advance(6_899);
    expect(askedAt()).toEqual([0]);
    await clock.advance(60_000);
    expect([first.end, second.end, askedAt()]).toEqual(['complete', 'complete', [0, 7_100, 7_600]]);
  });

  it('follows the guidance of its provider', async () => {
    const { clock, options, askedAt } = source(refused(200, '{"status":"queued"}'));
    new Viewer(pollSource(ark({ apiKey: 'key' }), options)({ provider: 'ark', id: 'x' }));
    await clock.advance(30_200);
    expect(askedAt()).toEqual([0, 15_100, 30_200]);
  });

  it('follows a guidance of no time at all', async () => {
    const { clock, options, askedAt } = source(said('queued'));
    const hasty = { ...provider(), guidance: { minMs: 0, maxMs: 0 } };
    new Viewer(pollSource(hasty, options)(ref));
    await clock.advance(300);
    expect(askedAt()).toEqual([0, 100, 200, 300]);
  });
});
