import { retry } from 'rxjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { mqttSource } from '../../src/bridges/mqtt/index.js';
import { busSourceDefaults } from '../../src/bridges/read/bus-source-options.js';
import type { SnapshotSource } from '../../src/index.js';
import { createClock } from '../../src/testing/index.js';
import { refusal, scriptedClient } from './mqtt-clients.js';

const task = { provider: 'test', id: 'task' };
const { firstNewsMs } = busSourceDefaults;

/** What a watch is told, and how it ends. */
function listen(source: ReturnType<SnapshotSource>): string[] {
  const told: string[] = [];
  source.subscribe({
    next: ({ status }) => told.push(status),
    error: ({ code }) => told.push(code),
    complete: () => told.push('complete'),
  });
  return told;
}

it('hears who subscribes again in the same breath in which it was refused', async () => {
  const client = scriptedClient(new Error('Not authorized'));
  const source = mqttSource(client, { topic: 'video' });
  const events = client.eventNames();
  const told = listen(source(task).pipe(retry(1)));
  await new Promise((resolve) => setImmediate(resolve));
  expect([...client.topics]).toEqual(['video/test/task', 'video/test/task/live']);
  client.tell(task, 'completed');
  expect(told).toEqual(['completed', 'complete']);
  expect([...client.topics]).toEqual([]);
  expect(client.eventNames()).toEqual(events);
});

describe('mqttSource, after its connection was lost,', () => {
  /** A watch that heard `queued` long ago, and whose client has just come back. */
  async function cutOff() {
    const [clock, client] = [createClock(), scriptedClient()];
    const source = mqttSource(client, { topic: 'video', scheduler: clock });
    const told = listen(source(task));
    client.tell(task, 'queued');
    client.lose(true);
    await clock.advance(2 * firstNewsMs);
    expect(told).toEqual(['queued']);
    client.comeBack();
    return { clock, client, source, told };
  }

  it('is STALLED when nothing is heard of a task for firstNewsMs', async () => {
    const { clock, client, told } = await cutOff();
    await clock.advance(firstNewsMs - 1);
    expect(told).toEqual(['queued']);
    await clock.advance(1);
    expect(told).toEqual(['queued', 'STALLED']);
    expect([...client.topics]).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  it('goes on for any time once something was heard, such as what is retained', async () => {
    const { clock, client, told } = await cutOff();
    client.tell(task, 'queued');
    await clock.advance(2 * firstNewsMs);
    client.tell(task, 'completed');
    expect(told).toEqual(['queued', 'completed', 'complete']);
  });

  it('is STALLED for who comes then, too', async () => {
    const { clock, source } = await cutOff();
    const late = listen(source(task));
    await clock.advance(firstNewsMs);
    expect(late).toEqual(['STALLED']);
  });
});

describe('mqttSource, over a client that is lost,', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => vi.useRealTimers();
  });

  it.each([
    ['refused', (client: ReturnType<typeof scriptedClient>) => client.emit('error', refusal())],
    ['closed', (client: ReturnType<typeof scriptedClient>) => client.lose(false)],
  ])('is UNAVAILABLE at once when it was %s before the watch began', (_, end) => {
    const client = scriptedClient();
    const source = mqttSource(client, { topic: 'video' });
    end(client);
    client.connected = false;
    expect(listen(source(task))).toEqual(['UNAVAILABLE']);
    expect(client.subscribe).not.toHaveBeenCalled();
    expect(client.listenerCount('message')).toBe(0);
  });

  it('is UNAVAILABLE when it was closed before there was a source', () => {
    const client = scriptedClient();
    client.lose(false);
    const told = listen(mqttSource(client, { topic: 'video' })(task));
    vi.advanceTimersByTime(0);
    expect(told).toEqual(['UNAVAILABLE']);
  });

  it('waits for one that connects, or that will', () => {
    const [connecting, reconnecting, closing] = [scriptedClient(), scriptedClient(), scriptedClient()];
    connecting.connected = false;
    reconnecting.lose(true);
    // A stream is closed a moment before the client is told.
    Object.assign(closing, { connected: false, stream: { closed: true } });
    const clients = [connecting, reconnecting, closing];
    const told = clients.map((client) => listen(mqttSource(client, { topic: 'video' })(task)));
    closing.lose(true);
    vi.advanceTimersByTime(1_000);
    for (const client of clients) client.comeBack();
    for (const client of clients) client.tell(task, 'completed');
    expect(told).toEqual(Array(3).fill(['completed', 'complete']));
  });

  it('takes heart when somebody has it try again', () => {
    const client = scriptedClient();
    const source = mqttSource(client, { topic: 'video' });
    client.lose(false);
    client.retry();
    const told = listen(source(task));
    expect(told).toEqual([]);
    client.comeBack();
    client.tell(task, 'completed');
    expect(told).toEqual(['completed', 'complete']);
  });
});
