import type { ConsumerInfo } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { RushesError } from '../../src/errors.js';
import { checkFleetSettings } from '../../src/fleet/fleet-settings.js';
import { alertsOf, type Seen } from '../../src/fleet/status/alerts.js';
import { Counter } from '../../src/fleet/worker/figures.js';
import type { WorkerReport } from '../../src/fleet/worker/roll-call.js';

const seen = (its: Partial<Seen>) => alertsOf({ workers: [], consumers: [], unclaimed: 0, maxLive: 100, ...its });

function consumer(name: string, num_ack_pending: number, num_pending = 0): ConsumerInfo {
  return { name, num_ack_pending, num_pending } as ConsumerInfo;
}

const id = '52b8b3a2-0d5e-4c39-9f0a-1c2f7d8e9a10';

function worker(providers: readonly string[], its: Partial<WorkerReport> = {}, skewMs = 0): WorkerReport {
  const { lastTrouble: _, ...figures } = new Counter().figures({ isWell: true, underWay: 0, pausedMs: {}, skewMs });
  const settings = checkFleetSettings({});
  return { worker: id, settings, providers, concurrency: 32, perSecond: null, workers: 1, figures, ...its };
}

describe('the alerts of a fleet', () => {
  it('are none where all is well', () => {
    expect(seen({ workers: [worker(['ark'])], consumers: [consumer('ark', 90), consumer('cometapi', 0)] })).toEqual([]);
    expect(seen({ consumers: [consumer('ark', 0)] })).toEqual([]);
  });

  it('say that there is no worker at all', () => {
    const consumers = [consumer('ark', 2, 3), consumer('cometapi', 4)];
    expect(seen({ consumers })).toEqual(['no worker answers, and 9 tasks are to be watched']);
  });

  it('say of which provider there is no worker, whatever its shards are', () => {
    const consumers = [
      consumer('ark', 2, 3),
      consumer('cometapi_0', 4),
      consumer('cometapi_f', 5, 6),
      consumer('x', 0),
    ];
    expect(seen({ workers: [worker(['ark', 'other'])], consumers })).toEqual([
      'no worker answers for cometapi, and 15 tasks are to be watched',
      '3 tasks have not been asked about yet',
    ]);
    expect(seen({ workers: [worker(['ark']), worker(['cometapi'])], consumers })).toEqual([
      '9 tasks have not been asked about yet',
    ]);
  });

  it('do not take a stranger’s consumer for a provider', () => {
    expect(seen({ workers: [worker(['ark'])], consumers: [consumer('Stranger', 7, 7)] })).toEqual([]);
  });

  it('say what is nearly full, and handed to nobody', () => {
    expect(seen({ workers: [worker(['ark'])], consumers: [consumer('ark', 91)], unclaimed: 2 })).toEqual([
      'a consumer holds nearly the 100 tasks that it may: see maxLive and shards',
      '2 messages of work are handed to nobody: start a worker of their provider, or see unclaimed',
    ]);
  });

  it('say whose clock is wrong, and to which side', () => {
    expect(seen({ workers: [5_000, -5_000, 5_001, -6_000].map((skewMs) => worker(['ark'], {}, skewMs)) })).toEqual([
      "the clock of worker 52b8b3a2 is 5001 ms ahead of the server's",
      "the clock of worker 52b8b3a2 is 6000 ms behind the server's",
    ]);
  });

  it('say which worker gets nothing from NATS, and why', () => {
    const { figures } = worker(['ark']);
    const { message, code } = new RushesError('UNAVAILABLE', 'NATS failed: jetstream is not enabled');
    const ill = { figures: { ...figures, isWell: false, lastTrouble: { code, message } } };
    const unset = { figures: { ...figures, isWell: false } };
    const pollsBadly = { figures: { ...figures, lastTrouble: { code, message } } };
    expect(seen({ workers: [worker(['ark'], ill), worker(['ark'], unset), worker(['ark'], pollsBadly)] })).toEqual([
      'worker 52b8b3a2 gets no work from NATS: NATS failed: jetstream is not enabled',
      'worker 52b8b3a2 gets no work from NATS',
    ]);
  });

  it('are in the singular of one', () => {
    expect(seen({ consumers: [consumer('ark', 1)], unclaimed: 1, maxLive: 1 })).toEqual([
      'no worker answers, and 1 task is to be watched',
      'a consumer holds nearly the 1 task that it may: see maxLive and shards',
      '1 message of work is handed to nobody: start a worker of their provider, or see unclaimed',
    ]);
    expect(seen({ workers: [worker(['ark'])], consumers: [consumer('ark', 0, 1), consumer('x', 0, 1)] })).toEqual([
      'no worker answers for x, and 1 task is to be watched',
      '1 task has not been asked about yet',
    ]);
  });

  it('count who shares a budget by provider', () => {
    const sharing = (its: Partial<WorkerReport>, ...others: readonly string[][]) =>
      seen({ workers: [worker(['ark', 'cometapi'], { perSecond: 10, ...its }), ...others.map((of) => worker(of))] });
    const said = (workers: string, run: number) => [
      `worker 52b8b3a2 reckons with ${workers} for its rate, and ${run} run`,
    ];
    expect(sharing({}, ['other'], ['other'])).toEqual([]);
    expect(sharing({}, ['cometapi'])).toEqual(said('1 worker', 2));
    expect(sharing({ workers: 2 }, ['ark'], ['cometapi'], ['other'])).toEqual([]);
    expect(sharing({ workers: 2 }, ['ark'], ['ark', 'other'])).toEqual(said('2 workers', 3));
    expect(sharing({ perSecond: null }, ['ark'])).toEqual([]);
  });
});
