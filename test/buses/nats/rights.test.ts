import { inspect } from 'node:util';
import { of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { isPublishFailed, publishTo } from '../../../src/bridges/index.js';
import { natsSource } from '../../../src/bridges/nats/index.js';
import type { Snapshot } from '../../../src/index.js';
import { snapshotOf } from '../../../src/testing/index.js';
import { Viewer } from '../../watch/viewer.js';
import { Broker } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';
import { type Bus, type BusOptions, eventOf, openBus, ref } from './bus.js';

const lives = ['queued', 'in_progress', 'completed'] as const;
const patience = { retry: { giveUpAfterMs: 20_000, initialMs: 20, maxMs: 100 } };

describe.skipIf(!inject('brokers').includes('nats-server'))('the bridge to NATS as a user with few rights', () => {
  const closing: (() => Promise<void>)[] = [];
  let broker: Broker;
  const open = async (options?: BusOptions): Promise<Bus> => {
    const bus = await openBus(broker, options);
    closing.push(() => bus.close());
    return bus;
  };
  const users = (rights: string) => `
max_payload: 2000
authorization { users: [
{ user: admin, password: admin },
{ user: user, password: "s3cret-pw", permissions: ${rights} },
] }`;
  const connection = { user: 'user', pass: 's3cret-pw' };
  let configuration = '';
  const withRights = async (rights: string) => {
    configuration = users(rights);
    await broker.stop();
    await broker.start();
  };
  beforeEach(async () => {
    configuration = users('{ publish: [">"], subscribe: [">"] }');
    broker = await Broker.start(natsServer(() => configuration));
    closing.push(() => broker.close());
  });
  afterEach(async () => {
    for (const close of closing.splice(0).reverse()) await close();
  });

  it('publishes with the least of them', async () => {
    const stream = 'LEAST';
    await withRights(`{
      publish: ["video.>", "$JS.API.STREAM.NAMES", "$JS.API.STREAM.MSG.GET.${stream}"], subscribe: ["_INBOX.>"] }`);
    const bus = await open({ connection, stream: { name: stream } });
    await bus.inject(ref('a'), 'poison');
    for (const status of lives) await bus.publisher.publish(eventOf('a', status));
    await bus.publisher.publish(eventOf('a', 'failed'));
    expect((await bus.jsm.streams.info(stream)).state.messages).toBe(4);
  });

  it('reads with the least of them, and removes its consumers', async () => {
    const stream = 'LEAST';
    const api = ['STREAM.NAMES', `STREAM.MSG.GET.${stream}`, `STREAM.INFO.${stream}`];
    const ofConsumers = [
      `CREATE.${stream}.*.video.>`,
      `INFO.${stream}.*`,
      `MSG.NEXT.${stream}.*`,
      `DELETE.${stream}.*`,
    ];
    const publish = [...api, ...ofConsumers.map((one) => `CONSUMER.${one}`)].map((one) => `"$JS.API.${one}"`);
    await withRights(`{ publish: [${publish}], subscribe: ["_INBOX.>"] }`);
    const bus = await open({ connection, stream: { name: stream } });
    const viewer = new Viewer(bus.source(patience)(ref('a')));
    for (const status of ['queued', 'in_progress'] as const)
      await bus.inject(ref('a'), JSON.stringify(eventOf('a', status)));
    await vi.waitFor(() => expect(viewer.last?.status).toBe('in_progress'));
    await broker.kill();
    await broker.start();
    await vi.waitFor(() => bus.inject(ref('a'), JSON.stringify(eventOf('a', 'queued'))), { timeout: 10_000 });
    await vi.waitFor(() => expect(viewer.last?.status).toBe('queued'), { timeout: 15_000 });
    viewer.leave();
    await vi.waitFor(async () => expect((await bus.jsm.streams.info(stream)).state.consumer_count).toBe(0));
  });

  it('gives up without them, with an error that says so and no secret', async () => {
    await withRights(`{ publish: ["other.>", "$JS.API.>"], subscribe: ["_INBOX.>"] }`);
    const bus = await open({ connection });
    const snapshot = snapshotOf('completed', { task: ref('a'), videoUrl: 'https://cdn.example.com/v.mp4?sig=abc' });
    const viewer = new Viewer(
      of<Snapshot>(snapshot).pipe(publishTo(bus.publisher, { retry: { giveUpAfterMs: 200, initialMs: 50 } })),
    );
    await vi.waitFor(() => expect(viewer.error).toBeDefined(), { timeout: 5_000 });
    const { error } = viewer;
    expect(isPublishFailed(error) && error.event.id).toBe(eventOf('a', 'completed').id);
    expect(String(error)).toMatch(/permissions violation/i);
    expect(`${inspect(error, { depth: 9 })}${JSON.stringify(error)}`).not.toMatch(/s3cret|sig=abc/);
  });

  it('gives up at once what is longer than the server takes', async () => {
    const bus = await open({ connection });
    const long = snapshotOf('completed', { task: ref('a'), raw: 'x'.repeat(3_000) });
    const viewer = new Viewer(of<Snapshot>(long).pipe(publishTo(bus.publisher)));
    await vi.waitFor(() => expect(viewer.error).toBeDefined());
    expect(viewer.error).toMatchObject({ code: 'INVALID_ARGUMENT', retryable: false, task: ref('a') });
    expect(String(viewer.error)).toContain('max_payload');
  });

  it('gives up once the server no longer lets the client in', async () => {
    const bus = await open({ connection, timeoutMs: 300 });
    const watching = new Viewer(
      natsSource(bus.js, { subject: bus.subject, heartbeatMs: 500, retry: { giveUpAfterMs: 500 } })(ref('a')),
    );
    await bus.settle();
    await broker.kill();
    configuration = 'authorization { users: [{ user: admin, password: admin }] }';
    await broker.start();
    const published = new Viewer(
      of(snapshotOf('queued', { task: ref('a') })).pipe(
        publishTo(bus.publisher, { retry: { giveUpAfterMs: 2_000, initialMs: 50 } }),
      ),
    );
    await vi.waitFor(() => expect([watching.error, published.error]).not.toContain(undefined), { timeout: 10_000 });
    expect(watching.error).toMatchObject({ code: 'UNAVAILABLE', task: ref('a') });
    expect(published.error).toMatchObject({ code: 'PUBLISH_FAILED' });
    expect(`${inspect([watching.error, published.error], { depth: 9 })}`).not.toContain('s3cret');
  });
});
