import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { NEVER } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CloudEvent, toCloudEvent } from '../../src/bridges/index.js';
import { generationHeader } from '../../src/fleet/events.js';
import type { FleetContext } from '../../src/fleet/fleet-context.js';
import { checkFleetSettings } from '../../src/fleet/fleet-settings.js';
import { fleetSource } from '../../src/fleet/fleet-source.js';
import { Layout } from '../../src/fleet/layout.js';
import type { Snapshot } from '../../src/index.js';
import { iterate } from '../../src/streams/index.js';
import { createClock } from '../../src/testing/clock.js';
import { snapshotOf } from '../../src/testing/index.js';
import { pollSettings } from '../../src/watch/poll-source.js';
import { lost } from '../bridges/news.js';

const layout = new Layout('rushes');
const task = { provider: 'test', id: 'task_1' };

interface Query {
  readonly seq?: number;
  readonly last_by_subj?: string;
}

/** A source, in virtual time, of a stream of news that holds some; what is asked about them may be refused. */
function scene(...news: readonly CloudEvent[]) {
  const clock = createClock();
  const encoder = new TextEncoder();
  const stored = news.map((event, i) => ({
    seq: i + 1,
    data: encoder.encode(JSON.stringify(event)),
    header: { get: (name: string) => (name === generationHeader ? '1' : '') },
    info: { deliverySequence: i + 1 },
  }));
  const asked = { about: [] as string[], refuses: (_: string): Error | undefined => undefined };
  const getMessage = async (stream: string, { seq }: Query) => {
    // The first question, for the last message of all, is how a source begins.
    if (asked.about.push(stream) === 1) return stored.at(-1);
    const refusal = asked.refuses(stream);
    if (refusal) throw refusal;
    if (stream === layout.pollStream) return null;
    return seq === undefined ? stored.at(-1) : stored[seq - 1];
  };
  const manager = { streams: { getMessage, find: async () => layout.eventStream } } as unknown as JetStreamManager;
  const consume = async () => ({
    status: () => iterate(NEVER),
    closed: () => new Promise(() => {}),
    close: async () => {},
  });
  const consumers = { get: async () => ({ consume, delete: async () => true }) };
  const js = { jetstreamManager: async () => manager, consumers } as unknown as JetStreamClient;
  const polling = pollSettings({ scheduler: clock, random: () => 0.5 });
  const fleet = { js, manager, layout, settings: checkFleetSettings({}), providers: [], polling };
  const heard: (string | unknown)[] = [];
  fleetSource(fleet as unknown as FleetContext)(task).subscribe({
    next: ({ status }: Snapshot) => heard.push(status),
    error: (error) => heard.push(error),
  });
  return { clock, asked, heard };
}

const loss = toCloudEvent(lost(task));
const named = (name: string, message: string) => Object.assign(new Error(message), { name });

describe('a loss that is read', () => {
  it('is told where nobody submitted the task anew', async () => {
    const { clock, heard } = scene(loss);
    await clock.advance(1);
    expect(heard).toEqual([expect.objectContaining({ code: 'DEADLINE' })]);
  });

  it.each([
    [
      'a right is missing',
      named('PermissionViolationError', 'Permissions Violation for Publish'),
      'Permissions Violation',
    ],
    ['JetStream is off', named('JetStreamNotEnabled', 'jetstream is not enabled'), 'is not enabled'],
    ['the stream is gone', named('StreamNotFoundError', 'stream not found'), 'no streams'],
  ])('is UNAVAILABLE where it cannot be checked for ten minutes: %s', async (_, refusal, said) => {
    const { clock, asked, heard } = scene(loss);
    asked.refuses = (stream) => (stream === layout.pollStream ? refusal : undefined);
    await clock.advance(9 * 60_000);
    expect(heard).toEqual([]);
    const { length } = asked.about;
    // Patiently: once a second for nine minutes would be far more questions.
    expect(length).toBeLessThan(200);
    await clock.advance(3 * 60_000);
    expect(heard).toEqual([
      expect.objectContaining({ code: 'UNAVAILABLE', retryable: true, task, message: expect.stringContaining(said) }),
    ]);
  });

  it('is told once it can be checked again', async () => {
    const { clock, asked, heard } = scene(loss);
    asked.refuses = () => named('TimeoutError', 'timeout');
    await clock.advance(5 * 60_000);
    expect(heard).toEqual([]);
    asked.refuses = () => undefined;
    await clock.advance(60_000);
    expect(heard).toEqual([expect.objectContaining({ code: 'DEADLINE' })]);
  });

  it('is an error at once where the connection is closed for good', async () => {
    const { clock, asked, heard } = scene(loss);
    asked.refuses = () => named('ClosedConnectionError', 'closed connection');
    await clock.advance(1);
    expect(heard).toEqual([expect.objectContaining({ code: 'UNAVAILABLE', retryable: false })]);
  });

  it('is asked about only where it is one', async () => {
    const { clock, asked, heard } = scene(toCloudEvent(snapshotOf('queued', { task })));
    await clock.advance(1);
    expect(heard).toEqual(['queued']);
    expect(asked.about).toHaveLength(1);
  });
});
