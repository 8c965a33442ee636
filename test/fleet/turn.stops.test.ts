import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Layout } from '../../src/fleet/layout.js';
import { Fence } from '../../src/fleet/worker/fence.js';
import { ServerClock } from '../../src/fleet/worker/server-clock.js';
import { ModelClocks, ModelConnection } from './model/connection.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

const HOLD_MS = 10_000;

/** A fence whose clocks move with its timers, unless they are told to jump. */
function fenced() {
  const connection = new ModelConnection();
  const clocks = new ModelClocks();
  const fence = new Fence(connection.nats, HOLD_MS, clocks);
  const heard: string[] = [];
  fence.letGo.subscribe(() => heard.push('let go'));
  fence.resumed.subscribe(() => heard.push('resumed'));
  /** Time passes as it does where nothing is amiss. */
  const run = (ms: number) => {
    for (let passed = 0; passed < ms; passed += 500) {
      clocks.pass(500);
      vi.advanceTimersByTime(500);
    }
  };
  const settled = () => vi.advanceTimersByTimeAsync(0);
  const say = async (type: string) => {
    connection.status.next({ type });
    await settled();
  };
  return { connection, clocks, fence, heard, run, say, settled };
}

describe('a fence', () => {
  it('is ready at once, or once the connection is there again, or when it is closed for good', async () => {
    const { fence, say, connection, settled } = fenced();
    const heard: string[] = [];
    const listen = (name: string) => fence.ready.subscribe({ complete: () => heard.push(name) });
    listen('at once');
    await say('disconnect');
    listen('again');
    await settled();
    expect(heard).toEqual(['at once']);
    await say('reconnect');
    expect(heard).toEqual(['at once', 'again']);
    await say('disconnect');
    listen('closed');
    connection.close();
    await settled();
    expect(heard).toEqual(['at once', 'again', 'closed']);
  });

  it('holds what came for so long, and for how much longer, by a clock that nobody sets', () => {
    const { fence, run, clocks, heard } = fenced();
    run(20_000);
    const isHeld = fence.receive();
    expect(isHeld?.()).toBe(true);
    run(9_500);
    clocks.pass(99);
    expect([isHeld?.(400), isHeld?.(401)]).toEqual([true, false]);
    clocks.pass(400);
    expect(isHeld?.()).toBe(true);
    clocks.pass(1);
    expect(isHeld?.()).toBe(false);
    expect([fence.receive()?.(), heard]).toEqual([true, []]);
  });

  it.each([
    ['the process was stopped', 2_501, 'both'],
    ['the machine slept', 2_501, 'wall'],
    ['the clock was set forward', 3_600_000, 'wall'],
    ['the clock was set back while it was stopped', 2_501, 'monotonic'],
  ] as const)('lets all go where %s, before any timer fires', async (_, ms, which) => {
    const { fence, clocks, heard, connection, settled } = fenced();
    const isHeld = fence.receive();
    clocks.pass(ms, which);
    expect(fence.receive()).toBeUndefined();
    expect([isHeld?.(), heard, connection.flushes.length]).toEqual([false, ['let go'], 1]);
    expect(fence.receive()).toBeUndefined();
    connection.flushes[0]?.resolve();
    await settled();
    expect([fence.receive()?.(), isHeld?.(), heard]).toEqual([true, false, ['let go', 'resumed']]);
  });

  it('finds out by what is asked of a turn, too, and by its beat', () => {
    const asked = fenced();
    const isHeld = asked.fence.receive();
    asked.clocks.pass(2_501);
    expect([isHeld?.(), asked.heard]).toEqual([false, ['let go']]);
    const beaten = fenced();
    beaten.clocks.pass(2_501);
    vi.advanceTimersByTime(500);
    expect(beaten.heard).toEqual(['let go']);
  });

  it.each([
    ['a hiccup', 2_000, 'both'],
    ['a clock that is set back', -3_600_000, 'wall'],
  ] as const)('does not mind %s', (_, ms, which) => {
    const { fence, clocks, heard, run } = fenced();
    const isHeld = fence.receive();
    clocks.pass(ms, which);
    expect([isHeld?.(), fence.receive()?.()]).toEqual([true, true]);
    run(2_000);
    expect([isHeld?.(), heard]).toEqual([true, []]);
  });

  it('trusts nothing until the server has answered after the last of several stops', async () => {
    const { fence, clocks, connection, settled, heard } = fenced();
    clocks.pass(3_000);
    expect(fence.receive()).toBeUndefined();
    clocks.pass(3_000);
    expect(fence.receive()).toBeUndefined();
    connection.flushes[0]?.resolve();
    await settled();
    expect(fence.receive()).toBeUndefined();
    connection.flushes[1]?.resolve();
    await settled();
    expect([fence.receive()?.(), heard]).toEqual([true, ['let go', 'let go', 'resumed']]);
  });

  it('waits for a new connection where the server does not answer', async () => {
    const { fence, clocks, connection, settled, say, heard } = fenced();
    clocks.pass(3_000);
    fence.receive();
    connection.flushes[0]?.reject(new Error('disconnected'));
    await settled();
    expect(fence.receive()).toBeUndefined();
    await say('reconnect');
    expect([fence.receive()?.(), heard]).toEqual([true, ['let go', 'resumed']]);
  });

  it('lets all go with the connection, and begins anew with the next', async () => {
    const { fence, say, heard } = fenced();
    const isHeld = fence.receive();
    await say('ping');
    expect(isHeld?.()).toBe(true);
    await say('disconnect');
    expect([isHeld?.(), fence.receive()]).toEqual([false, undefined]);
    await say('reconnect');
    expect([isHeld?.(), fence.receive()?.(), heard]).toEqual([false, true, ['let go', 'resumed']]);
  });

  it('does not take the answer of a connection that was lost meanwhile', async () => {
    const { fence, clocks, connection, settled, say } = fenced();
    clocks.pass(3_000);
    fence.receive();
    await say('disconnect');
    connection.flushes[0]?.resolve();
    await settled();
    expect(fence.receive()).toBeUndefined();
  });

  it('holds nothing once it is closed, and leaves no timer behind', () => {
    const { fence } = fenced();
    const isHeld = fence.receive();
    fence.close();
    expect([isHeld?.(), fence.receive(), vi.getTimerCount()]).toEqual([false, undefined, 0]);
  });
});

describe('the server’s clock', () => {
  const SERVER_MS = 1_700_000_000_000;

  function clock(there = true) {
    const clocks = new ModelClocks();
    const asked: unknown[] = [];
    const publish = async (subject: string) => {
      asked.push(subject);
      clocks.pass(200);
      return { seq: 12 };
    };
    const getMessage = async (stream: string, query: object) => {
      asked.push(stream, query);
      clocks.pass(5_000);
      return there ? { time: new Date(SERVER_MS) } : null;
    };
    const manager = { streams: { getMessage } } as unknown as JetStreamManager;
    const js = { publish } as unknown as JetStreamClient;
    return { clocks, asked, server: new ServerClock(js, manager, new Layout('m'), 'worker-1', clocks) };
  }

  it('is read off a message, as stored halfway through its publish, however long the reading takes', async () => {
    const { clocks, asked, server } = clock();
    await server.read();
    expect(asked).toEqual(['m.clocks.w', 'm-events', { seq: 12 }]);
    expect(server.now()).toBe(SERVER_MS + 100 + 5_000);
    expect(server.skewMs).toBe(1_800_000_000_000 + 100 - SERVER_MS);
    clocks.pass(7_000);
    expect(server.now()).toBe(SERVER_MS + 12_100);
  });

  it('runs on whatever our own is set to, and is read anew', async () => {
    const { clocks, server } = clock();
    await server.read();
    const beforeMs = server.now();
    clocks.pass(-3_600_000, 'wall');
    expect(server.now()).toBe(beforeMs);
    await server.read();
    expect([server.now(), server.skewMs]).toEqual([beforeMs, 1_800_000_000_000 - 3_600_000 + 5_300 - SERVER_MS]);
  });

  it('is as it was, where the message is gone', async () => {
    const { server, clocks } = clock(false);
    await expect(server.read()).rejects.toThrow('gone');
    expect([server.now(), server.skewMs]).toEqual([clocks.monotonicMs(), 0]);
  });
});
