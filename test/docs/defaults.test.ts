import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as amqp from '../../src/bridges/amqp/index.js';
import * as bridges from '../../src/bridges/index.js';
import * as kafka from '../../src/bridges/kafka/index.js';
import * as mqtt from '../../src/bridges/mqtt/index.js';
import * as nats from '../../src/bridges/nats/index.js';
import * as redis from '../../src/bridges/redis/index.js';
import * as browser from '../../src/browser.js';
import * as fleet from '../../src/fleet/index.js';
import * as rushes from '../../src/index.js';
import * as node from '../../src/node.js';
import * as sse from '../../src/sse/index.js';
import * as streams from '../../src/streams/index.js';
import * as testing from '../../src/testing/index.js';
import { cellsOf, pages, root } from './pages.js';

type Defaults = Readonly<Record<string, unknown>>;

const isDefaults = ([name]: [string, unknown]) => name.endsWith('Defaults');
const defaultsIn = (entry: object) => Object.entries(entry).filter(isDefaults) as [string, Defaults][];
const buses = [bridges, nats, redis, kafka, amqp, mqtt];
const ofUse = [rushes, node, browser, sse, streams, fleet, ...buses].flatMap(defaultsIn);
const exported = new Map([...ofUse, ...defaultsIn(testing)]);

/** Said where a reader looks for them: `pollDefaults` are part of `clientDefaults`, `maxWatched` is told in prose. */
const saidElsewhere = ['pollDefaults', 'watchAllDefaults'];

/** A number as it is written in prose and code. */
function readValue(text: string): unknown {
  if (text === 'Infinity') return Number.POSITIVE_INFINITY;
  try {
    return JSON.parse(text.replace(/(?<=\d)_(?=\d)/g, ''));
  } catch {
    return text;
  }
}

/** The tables of defaults: a comment names the constant, the first two columns are option and value. */
const tables = pages.flatMap(({ path, text }) =>
  Array.from(text.matchAll(/<!-- defaults: (\w+) -->\n((?:\|.*\n)+)/g), ([, name = '', table = '']) => {
    const rows = table.trim().split('\n').slice(2).map(cellsOf);
    return { path, name, rows: rows.map(([option = '', value = '']) => [option, readValue(value)] as const) };
  }),
);

/** Every `@defaultValue` of a source, by interface and option. */
function tagsOf(path: string): Map<string, Map<string, string>> {
  const source = readFileSync(join(root, 'src', path), 'utf8');
  const interfaces = source.matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm);
  return new Map(
    Array.from(interfaces, ([, name = '', body = '']) => {
      const options = body.matchAll(/@defaultValue\s+([^*]+?)\s*\*\/\s*readonly (\w+)\??:/g);
      return [name, new Map(Array.from(options, ([, value = '', option = '']) => [option, value]))];
    }),
  );
}

describe('the defaults in the guides', () => {
  it.each(tables.map((table) => [`${table.name} in ${table.path}`, table] as const))('are %s', (_, { name, rows }) => {
    expect(Object.fromEntries(rows)).toEqual(exported.get(name));
    expect(rows).toHaveLength(Object.keys(exported.get(name) ?? {}).length);
  });

  it('are said once for each constant of the entries', () => {
    const said = tables.map(({ name }) => name);
    expect(new Set(said).size).toBe(said.length);
    expect(said).toEqual(
      expect.arrayContaining(ofUse.map(([name]) => name).filter((name) => !saidElsewhere.includes(name))),
    );
  });
});

describe('the defaults in the doc comments', () => {
  it.each([
    ['bridges/in-process/memory-bus.ts', 'MemoryBusOptions', { maxTasks: bridges.memoryBusDefaults.maxTasks }],
    ['bridges/publish/publish-options.ts', 'PublishOptions', bridges.publishDefaults],
    ['bridges/read/bus-source-options.ts', 'BusSourceOptions', bridges.busSourceDefaults],
    ['bridges/nats/nats-publisher.ts', 'NatsPublisherOptions', nats.natsPublisherDefaults],
    ['bridges/nats/nats-source.ts', 'NatsSourceOptions', nats.natsSourceDefaults],
    ['bridges/redis/redis-publisher.ts', 'RedisPublisherOptions', redis.redisPublisherDefaults],
    ['bridges/kafka/kafka-source.ts', 'KafkaSourceOptions', { fromBeginning: true }],
    ['bridges/amqp/amqp-publisher.ts', 'AmqpPublisherOptions', amqp.amqpPublisherDefaults],
    ['bridges/mqtt/mqtt-publisher.ts', 'MqttPublisherOptions', mqtt.mqttPublisherDefaults],
    ['budget/budget.ts', 'BudgetOptions', rushes.budgetDefaults],
    ['cadence/jittered.ts', 'JitteredOptions', rushes.jitteredDefaults],
    ['cadence/poll-backoff.ts', 'PollBackoffOptions', rushes.pollBackoffDefaults],
    ['client.ts', 'ClientOptions', { createTimeoutMs: rushes.clientDefaults.createTimeoutMs }],
    ['client.ts', 'WatchOptions', { deadlineMs: rushes.clientDefaults.deadlineMs }],
    ['client.ts', 'BackendClientOptions', { requestTimeoutMs: rushes.clientDefaults.requestTimeoutMs }],
    ['create/file-ledger/open-ledger.ts', 'OpenLedgerOptions', node.openLedgerDefaults],
    ['download/open-video.ts', 'OpenVideoOptions', rushes.openVideoDefaults],
    ['download/to-file/save-settings.ts', 'SaveVideoOptions', node.saveVideoDefaults],
    ['fleet/fleet-settings.ts', 'FleetSettings', fleet.fleetDefaults],
    ['fleet/worker/work-options.ts', 'WorkOptions', fleet.workDefaults],
    ['http/node-transport.ts', 'NodeTransportOptions', node.nodeTransportDefaults],
    ['http/exchange.ts', 'ExchangeOptions', { maxBodyBytes: rushes.pollDefaults.maxBodyBytes }],
    ['operators/retry-transient.ts', 'RetryOptions', rushes.retryDefaults],
    ['create/storage-ledger/storage-ledger.ts', 'StorageLedgerOptions', browser.storageLedgerDefaults],
    ['sse/gateway/event-stream.ts', 'EventStreamOptions', sse.eventStreamDefaults],
    ['sse/gateway/gateway-options.ts', 'GatewayLimits', sse.gatewayLimitsDefaults],
    ['sse/gateway/gateway-options.ts', 'GatewayOptions', sse.gatewayDefaults],
    ['sse/remote/remote-options.ts', 'RemoteOptions', sse.remoteDefaults],
    ['streams/iterate-options.ts', 'IterateOptions', streams.iterateDefaults],
    ['tabs/share-across-tabs.ts', 'ShareAcrossTabsOptions', browser.shareAcrossTabsDefaults],
    ['wake/wake-after-sleep.ts', 'WakeAfterSleepOptions', browser.wakeAfterSleepDefaults],
    ['watch/poll-source.ts', 'PollOptions', rushes.pollDefaults],
    ['watch/watch-all.ts', 'WatchAllOptions', rushes.watchAllDefaults],
  ] as [string, string, Defaults][])('of %s, %s, are the real ones', (path, name, defaults) => {
    const tags = tagsOf(path).get(name);
    for (const [option, value] of Object.entries(defaults)) {
      const quoted = tags?.get(option)?.split(',')[0]?.replace(/`/g, '') ?? '';
      expect(readValue(quoted), option).toEqual(value);
    }
  });
});
