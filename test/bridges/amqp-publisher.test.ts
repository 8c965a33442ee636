import { firstValueFrom, Subject } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { amqpPublisher } from '../../src/bridges/amqp/index.js';
import { toCloudEvent } from '../../src/bridges/index.js';
import { snapshotOf } from '../../src/testing/index.js';
import { scriptedChannel } from './amqp-channels.js';

type Channel = ReturnType<typeof scriptedChannel>;

const event = toCloudEvent(snapshotOf('queued'));

/** A publisher whose first channel opens when it is told to, and whose second is there at once. */
function opening() {
  const first = new Subject<Channel>();
  const second = scriptedChannel();
  const open = vi.fn(async () => second).mockImplementationOnce(() => firstValueFrom(first));
  return { first, second, open, publisher: amqpPublisher(open, { exchange: 'video' }) };
}

describe('amqpPublisher, when no channel is opened in time,', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it('rejects what waits for it, opens anew for the next, and closes the one that comes late', async () => {
    const { first, second, open, publisher } = opening();
    const waiting = Promise.allSettled([publisher.publish(event), publisher.publish(event)]);
    await vi.advanceTimersByTimeAsync(30_000);
    const reason = new Error('no channel was opened within 30000 ms');
    expect(await waiting).toEqual(Array(2).fill({ status: 'rejected', reason }));
    expect(open).toHaveBeenCalledTimes(1);
    await publisher.publish(event);
    expect(open).toHaveBeenCalledTimes(2);

    const late = scriptedChannel();
    first.next(late);
    await vi.advanceTimersByTimeAsync(0);
    expect(late.close).toHaveBeenCalledTimes(1);
    late.emit('error', new Error('a channel that nobody has throws nothing'));
    await publisher.publish(event);
    expect([open.mock.calls, second.publish.mock.calls].map(({ length }) => length)).toEqual([2, 2]);
    expect(second.close).not.toHaveBeenCalled();
  });

  it('minds no channel that fails late', async () => {
    const { first, publisher } = opening();
    const waiting = Promise.allSettled([publisher.publish(event)]);
    await vi.advanceTimersByTimeAsync(30_000);
    await waiting;
    first.error(new Error('too late to matter'));
    await publisher.publish(event);
  });

  it('waits as long for one that is in time', async () => {
    const { first, open, publisher } = opening();
    const waiting = publisher.publish(event);
    await vi.advanceTimersByTimeAsync(29_999);
    const channel = scriptedChannel();
    first.next(channel);
    await waiting;
    await vi.advanceTimersByTimeAsync(30_000);
    expect(channel.close).not.toHaveBeenCalled();
    expect([open.mock.calls, channel.publish.mock.calls].map(({ length }) => length)).toEqual([1, 1]);
    expect(vi.getTimerCount()).toBe(0);
  });
});
