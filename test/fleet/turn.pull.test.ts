import { Subject } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Fence } from '../../src/fleet/worker/fence.js';
import { type Pulled, pull } from '../../src/fleet/worker/pull.js';
import { Seats } from '../../src/fleet/worker/seats.js';
import { ModelConnection } from './model/connection.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Pulling with so many seats; each message takes one. */
function pulling(count: number) {
  const connection = new ModelConnection();
  const seats = new Seats(count);
  const isHeld = () => true;
  const fence = { isTrusted: true, resumed: new Subject<void>(), receive: (): (() => boolean) | undefined => isHeld };
  const pulled: Pulled[] = [];
  const idle: undefined[] = [];
  const errors: unknown[] = [];
  const stop = new Subject<void>();
  const from = { connection: connection.nats, stream: 's', consumer: 'c', fence: fence as unknown as Fence, stop };
  let isOver = false;
  const begin = () =>
    pull({ ...from, room: seats }).subscribe({
      next: (message) => {
        if (!message) {
          idle.push(message);
          return;
        }
        seats.take();
        pulled.push(message);
      },
      error: (error) => errors.push(error),
      complete: () => {
        isOver = true;
      },
    });
  const deliver = (times: number) => {
    for (let nth = 0; nth < times; nth++) connection.deliver('m.poll.0.p.a');
  };
  const leave = (times: number) => {
    for (let nth = 0; nth < times; nth++) seats.leave();
  };
  const subscription = begin();
  return {
    connection,
    fence,
    isHeld,
    pulled,
    idle,
    errors,
    begin,
    deliver,
    leave,
    stop,
    subscription,
    isOver: () => isOver,
  };
}

describe('pulling', () => {
  it('asks for as many as there is room for, for three seconds', () => {
    const { connection } = pulling(8);
    expect(connection.published).toMatchObject([
      { subject: '$JS.API.CONSUMER.MSG.NEXT.s.c', payload: '{"batch":8,"expires":3000000000}' },
    ]);
    expect(connection.published[0]?.reply).toMatch(/^_INBOX\./);
  });

  it('asks for more when as many are free as it still waits for', () => {
    const { connection, deliver, leave } = pulling(8);
    deliver(3);
    leave(2);
    expect(connection.batches).toEqual([8]);
    deliver(3);
    expect(connection.batches).toEqual([8, 2]);
    deliver(4);
    expect(connection.batches).toEqual([8, 2]);
    leave(1);
    expect(connection.batches).toEqual([8, 2, 1]);
  });

  it('asks again for what a request that is over did not bring', () => {
    const { connection, deliver, idle } = pulling(8);
    deliver(5);
    expect(idle).toEqual([]);
    connection.say(408, 'Request Timeout', 3);
    expect(idle).toEqual([undefined]);
    expect(connection.batches).toEqual([8, 3]);
    connection.say(404, 'No Messages', 3);
    expect(connection.batches).toEqual([8, 3, 3]);
  });

  it('takes a request that does not say what it did not bring for one message', () => {
    const { connection } = pulling(2);
    connection.say(408, 'Request Timeout');
    expect(connection.batches).toEqual([2, 1]);
    connection.say(408, 'Request Timeout', 99);
    expect(connection.batches).toEqual([2, 1, 2]);
  });

  it.each([
    [409, 'Consumer Deleted', 'NATS hands out no work: 409 Consumer Deleted'],
    [503, 'No Responders', 'NATS hands out no work: 503 No Responders'],
  ])('fails, as what may pass, where the server says %i', (code, description, message) => {
    const { connection, errors } = pulling(2);
    connection.say(code, description);
    expect(errors).toMatchObject([{ code: 'UNAVAILABLE', retryable: true, message }]);
    expect([connection.said, vi.getTimerCount()]).toEqual([['drain'], 0]);
  });

  it.each(['Server Shutdown', 'Leadership Change'])(
    'is no failure by %s: it asks anew a second later',
    (description) => {
      const { connection, errors, deliver, leave } = pulling(8);
      deliver(7);
      connection.say(409, description, 1);
      leave(6);
      vi.advanceTimersByTime(999);
      expect([connection.batches, errors]).toEqual([[8], []]);
      vi.advanceTimersByTime(1);
      expect(connection.batches).toEqual([8, 7]);
    },
  );

  it('asks anew at once after that, where it is heard before that the connection is there again', () => {
    const { connection, fence } = pulling(8);
    connection.say(409, 'Server Shutdown', 8);
    fence.resumed.next();
    expect(connection.batches).toEqual([8, 8]);
    vi.advanceTimersByTime(7_999);
    expect(connection.batches).toEqual([8, 8]);
  });

  it('fails where a word is none, where it may not listen, and where the connection is closed', () => {
    const mumbled = pulling(2);
    mumbled.connection.mumble();
    expect(mumbled.errors).toMatchObject([
      { code: 'UNAVAILABLE', message: expect.stringContaining('without a reason') },
    ]);
    const refused = pulling(2);
    refused.connection.fail(new Error('permissions'));
    expect(refused.errors).toMatchObject([{ message: 'permissions' }]);
    const closed = pulling(2);
    closed.connection.refuses = true;
    closed.connection.say(408, 'Request Timeout', 2);
    expect(closed.errors).toMatchObject([{ message: 'closed' }]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('fails, as what may pass, after 8 s in which a request was not even said to be over', () => {
    const { connection, deliver, errors } = pulling(8);
    deliver(2);
    vi.advanceTimersByTime(7_999);
    expect(errors).toEqual([]);
    vi.advanceTimersByTime(1);
    const message = 'NATS does not answer requests for work';
    expect(errors).toMatchObject([{ code: 'UNAVAILABLE', retryable: true, message }]);
    expect([connection.batches, connection.said, vi.getTimerCount()]).toEqual([[8], ['drain'], 0]);
  });

  it('asks anew after 8 s of silence while it is away, for all that there is room for', () => {
    const { connection, deliver, fence, errors } = pulling(8);
    deliver(2);
    fence.isTrusted = false;
    vi.advanceTimersByTime(8_000);
    expect(connection.batches).toEqual([8, 6]);
    vi.advanceTimersByTime(8_000);
    expect([connection.batches, errors]).toEqual([[8, 6, 6], []]);
  });

  it('is no failure by silence where nothing is asked for', () => {
    const { deliver, errors } = pulling(2);
    deliver(2);
    vi.advanceTimersByTime(60_000);
    expect(errors).toEqual([]);
  });

  it('asks anew on a new connection', () => {
    const { connection, fence, deliver } = pulling(8);
    deliver(2);
    fence.resumed.next();
    expect(connection.batches).toEqual([8, 6]);
  });

  it('asks for nothing while there is no room', () => {
    const { connection, deliver, fence } = pulling(2);
    deliver(2);
    fence.resumed.next();
    vi.advanceTimersByTime(60_000);
    expect(connection.batches).toEqual([2]);
  });

  it('drops what was in the socket when we were stopped: the server hands it to another', () => {
    const { connection, fence, isHeld, pulled, deliver } = pulling(2);
    fence.receive = () => undefined;
    deliver(1);
    expect([pulled, connection.said]).toEqual([[], []]);
    fence.receive = () => isHeld;
    deliver(1);
    expect(pulled).toHaveLength(1);
    expect(pulled[0]?.isHeld).toBe(isHeld);
  });

  it('gives back what still comes when it is over, and asks for nothing more', () => {
    const { connection, fence, pulled, deliver, leave, subscription } = pulling(4);
    deliver(1);
    subscription.unsubscribe();
    deliver(2);
    leave(1);
    fence.resumed.next();
    connection.say(408, 'Request Timeout', 1);
    expect(pulled).toHaveLength(1);
    expect(connection.said).toEqual(['drain', '-NAK {"delay":0} of m.poll.0.p.a', '-NAK {"delay":0} of m.poll.0.p.a']);
    expect([connection.batches, vi.getTimerCount()]).toEqual([[4], 0]);
  });

  it('gives back what still comes once it is to stop, and is over with its last request', () => {
    const { connection, pulled, deliver, stop, leave, isOver } = pulling(4);
    deliver(1);
    stop.next();
    deliver(1);
    leave(1);
    expect([isOver(), pulled.length, connection.said]).toEqual([false, 1, ['-NAK {"delay":0} of m.poll.0.p.a']]);
    connection.say(408, 'Request Timeout', 2);
    expect([isOver(), connection.batches, vi.getTimerCount()]).toEqual([true, [4], 0]);
  });

  it.each(['there is no room', 'there is a new connection'])('is over at once when it is to stop while %s', (why) => {
    const { deliver, fence, stop, isOver } = pulling(1);
    if (why === 'there is no room') deliver(1);
    stop.next();
    if (why === 'there is a new connection') fence.resumed.next();
    expect(isOver()).toBe(true);
  });

  it.each([
    ['2.9', '$JS.ACK.s.c.2.7.9.1800000000123000000.4'],
    ['a server with domains', '$JS.ACK.hub.Aacc.s.c.2.7.9.1800000000123000000.4'],
    ['a server with a token at the end', '$JS.ACK._.Aacc.s.c.2.7.9.1800000000123000000.4.tOkEn'],
  ])('reads what %s says of a message', (_, reply) => {
    const { connection, pulled } = pulling(2);
    connection.deliver('m.poll.0.p.a', reply);
    expect(pulled).toMatchObject([
      { subject: 'm.poll.0.p.a', seq: 7, storedMs: 1_800_000_000_123, isRedelivery: true, count: 2, pending: 4 },
    ]);
  });

  it('tells a first delivery from others', () => {
    const { deliver, pulled } = pulling(2);
    deliver(1);
    expect(pulled[0]?.isRedelivery).toBe(false);
  });

  it('says what becomes of a message in words of the server, with whole numbers', async () => {
    const { connection, deliver, pulled } = pulling(2);
    deliver(1);
    await pulled[0]?.ack();
    for (const ms of [0, 1_500, 0.1, 1e-300, 2_000.000_000_1, 1e15, Number.POSITIVE_INFINITY]) pulled[0]?.nak(ms);
    pulled[0]?.term();
    expect(connection.said).toEqual([
      '+ACK to $JS.ACK.s.c.1.7.9.1800000000123000000.4 {"timeout":5000}',
      ...[0, 1_500, 1, 1, 2_001, 86_400_000, 86_400_000].map(
        (ms) => `-NAK {"delay":${ms}${ms > 0 ? '000000' : ''}} of m.poll.0.p.a`,
      ),
      '+TERM of m.poll.0.p.a',
    ]);
  });
});
