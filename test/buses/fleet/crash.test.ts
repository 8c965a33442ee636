import { describe, expect, inject, it, vi } from 'vitest';
import { openLine } from '../nats/bus.js';
import { isEnd, life, overlaps, patience, scenes, task } from './fleet-scene.js';

describe.skipIf(!inject('brokers').includes('nats-server'))('a fleet of which anything is killed', () => {
  const open = scenes();

  /** Where in a turn a worker dies. */
  const deaths = [
    { name: 'before-the-end-is-told', diesAt: ':terminal"' },
    { name: 'after-the-end-is-told', diesAt: ':terminal"', diesAfter: true },
    { name: 'before-the-ack', diesAt: '+ACK' },
    { name: 'after-the-ack', diesAt: '+ACK', diesAfter: true },
    { name: 'after-news-is-told', diesAt: 'rushes.task.in_progress', diesAfter: true },
  ];

  it.concurrent('tells one end of a task, whoever dies when, and however long nobody works', {
    timeout: 120_000,
  }, async ({ onTestFinished }) => {
    const changingLink = (id: string) => {
      const sig = sim.requests.filter((request) => request.id === id).length;
      return { id, status: 'completed', video_url: `https://cdn.example.com/${id}.mp4?sig=${sig}` };
    };
    const {
      sim,
      process: start,
      work,
      fleetOf,
      manager,
      events,
      idle,
      reads,
    } = await open({
      onTestFinished,
      faults: ({ id = '', nth }) => {
        const flips = { id, status: 'failed', error: { message: 'at first' } };
        const running = { id, status: 'in_progress', progress: 30 };
        const body = nth === 1 ? running : id.endsWith('flips') && nth === 2 ? flips : changingLink(id);
        return { kind: 'respond', respond: () => Response.json(body) };
      },
    });
    await Promise.all(
      deaths.map(async ({ name, ...death }) => {
        const doomed = await start({ name, ...death });
        const fleet = fleetOf({ name });
        await idle(name);
        const config = (await manager.streams.info(`${name}-events`)).config;
        await manager.streams.update(config.name, { ...config, duplicate_window: 100_000_000 });
        const ids = [`${name}-ends`, `${name}-flips`];
        for (const id of ids) expect(await fleet.submit(task(id))).toBe('submitted');
        await doomed.gone;
        expect(doomed.child.signalCode).toBe('SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, 500));
        await work({}, { name });
        await idle(name);
        const asked = ids.map(reads);
        for (const id of ids) expect(await fleet.submit(task(id))).toBe('already-finished');
        const stored = await events(name);
        for (const id of ids) {
          const told = stored.filter((event) => event.id === id).map(({ type }) => type);
          // Who died may have been the only one to hear what came before.
          expect(told.join(), id).toMatch(
            id.endsWith('flips') ? /^(in_progress,)?(failed|completed)$/ : /^(in_progress,)?completed$/,
          );
        }
        expect(ids.map(reads)).toEqual(asked);
      }),
    );
  });

  it.concurrent('polls no task twice at a time, and loses none, by a server that is killed and a line that is cut', {
    timeout: 120_000,
  }, async ({ onTestFinished }) => {
    const answerMs = 150;
    const { begin, found } = overlaps();
    const { sim, broker, dial, work, fleet, events, idle, left } = await open({
      onTestFinished,
      faults: ({ id = '' }) => {
        begin(sim, id);
        return { kind: 'delay', ms: answerMs };
      },
    });
    const line = await openLine(broker.port);
    const workers = [
      await work({ concurrency: 8 }),
      await work({ concurrency: 8 }, { connection: await dial({ port: line.port }) }),
    ];
    await idle();
    const ids = Array.from({ length: 60 }, (_, i) => sim.add('cometapi', { timeline: life(4_000 + 100 * i) }));
    for (const id of ids) await fleet.submit(task(id));
    for (let cut = 0; cut < 8; cut++) {
      await new Promise((resolve) => setTimeout(resolve, 137 * (1 + (cut % 3))));
      line.cut();
    }
    await broker.kill();
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    await broker.start();
    // A server of 2.9 that was killed brings back what was acknowledged, and never hands it out: that is no watch.
    await vi.waitFor(async () => expect(await left()).toMatchObject({ handedOut: 0, untouched: 0 }), patience);
    line.close();
    const stored = await events();
    for (const id of ids) {
      const its = stored.filter((event) => event.id === id);
      expect(its.map(isEnd), id).toEqual([...its.slice(1).map(() => false), true]);
      expect(its.at(-1)?.type).toBe('completed');
    }
    expect(found()).toEqual([]);
    expect(workers.map(({ told }) => told.end)).toEqual([undefined, undefined]);
  });
});
