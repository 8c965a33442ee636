import type { NatsConnection } from '@nats-io/transport-node';
import { describe, expect, it } from 'vitest';
import { RushesError } from '../../src/errors.js';
import type { FleetContext } from '../../src/fleet/fleet-context.js';
import { checkFleetSettings } from '../../src/fleet/fleet-settings.js';
import { Layout } from '../../src/fleet/layout.js';
import { readReport } from '../../src/fleet/status/read-report.js';
import { Counter } from '../../src/fleet/worker/figures.js';
import { answerRollCall } from '../../src/fleet/worker/roll-call.js';
import { checkWork } from '../../src/fleet/worker/work-options.js';

const settings = checkFleetSettings({ keepEventsMs: Number.POSITIVE_INFINITY, shards: 16 });
const encoder = new TextEncoder();

/** What a worker answers. */
function answered(trouble?: RushesError): string {
  let answer = '';
  const call = { respond: (data: string) => (answer = data) };
  const subscribe = (_: string, { callback }: { callback: (error: null, message: typeof call) => void }) => {
    callback(null, call);
    return { unsubscribe: () => undefined };
  };
  const connection = { subscribe } as unknown as NatsConnection;
  const fleet = { connection, layout: new Layout('video'), settings, providers: [{ name: 'ark' }] };
  const counter = new Counter();
  if (trouble) counter.failed(trouble);
  const figures = () => counter.figures({ isWell: false, underWay: 3, pausedMs: { ark: 70 }, skewMs: -2 });
  answerRollCall(fleet as unknown as FleetContext, 'w-1', checkWork({ workers: 2 }), figures)
    .subscribe()
    .unsubscribe();
  return answer;
}

const read = (json: string) => readReport(encoder.encode(json));
const report = JSON.parse(answered()) as Record<string, unknown> & { figures: object; settings: object };

describe('what a worker says of itself', () => {
  it('arrives as its type says, also what JSON has no word for', () => {
    expect(read(answered())).toEqual({
      worker: 'w-1',
      settings: { ...settings, keepEventsMs: Number.POSITIVE_INFINITY },
      providers: ['ark'],
      concurrency: 32,
      perSecond: null,
      workers: 2,
      figures: {
        isWell: false,
        ...{ underWay: 3, polls: 0, pollsPerSecond: 0, events: 0, troubles: 0, finished: 0, lost: 0, putOff: 0 },
        ...{ left: 0, busTroubles: 0, lateMs: { p50: 0, p99: 0 }, pausedMs: { ark: 70 }, skewMs: -2 },
      },
    });
  });

  it('tells the last trouble, scrubbed, whichever process it is from', () => {
    const task = { provider: 'ark', id: 'task_1' };
    const lastSnapshot = { task, status: 'queued', providerStatus: 'queued' } as const;
    const trouble = new RushesError('UNAVAILABLE', 'no answer', { task, lastSnapshot });
    expect(read(answered(trouble))?.figures.lastTrouble).toEqual(trouble.toJSON());
    const figures = { ...report.figures, lastTrouble: { code: 'UNAVAILABLE', message: 'by\u001b[2J', status: 'odd' } };
    const said = read(JSON.stringify({ ...report, figures }))?.figures.lastTrouble;
    expect(said?.code).toBe('UNAVAILABLE');
    expect(JSON.stringify(said)).not.toMatch(/u001b|odd/);
  });

  it('may say more than this version knows, which is left out', () => {
    const more = { ...report, novel: 1, figures: { ...report.figures, novel: 2, lastTrouble: { code: 'NOVEL' } } };
    expect(read(JSON.stringify(more))).toEqual(read(JSON.stringify(report)));
  });

  const without = (of: object, name: string) => Object.fromEntries(Object.entries(of).filter(([key]) => key !== name));

  it.each(['', 'null', '7', '"w"', '[]', '{}', '{', '<html>', '\u0000'])('is no report when it is %j', (json) => {
    expect(read(json)).toBeUndefined();
  });

  it.each(['worker', 'settings', 'providers', 'concurrency', 'perSecond', 'workers', 'figures'])(
    'is no report without %s',
    (name) => {
      expect(read(JSON.stringify(without(report, name)))).toBeUndefined();
      expect(read(JSON.stringify({ ...report, [name]: {} }))).toBeUndefined();
    },
  );

  it('is no report where a figure or a setting is not of its kind', () => {
    const { lastTrouble: _, pausedMs: __, ...figures } = report.figures as Record<string, unknown>;
    for (const name of Object.keys(figures)) {
      for (const wrong of [without(report.figures, name), { ...report.figures, [name]: '1' }])
        expect(read(JSON.stringify({ ...report, figures: wrong })), name).toBeUndefined();
    }
    for (const name of Object.keys(report.settings)) {
      for (const wrong of [without(report.settings, name), { ...report.settings, [name]: '1' }])
        expect(read(JSON.stringify({ ...report, settings: wrong })), name).toBeUndefined();
    }
    const settings = { ...report.settings, shards: 2 };
    expect(read(JSON.stringify({ ...report, settings }))).toBeUndefined();
    expect(read(JSON.stringify({ ...report, providers: ['ark', 'No Provider'] }))).toBeUndefined();
  });

  it('has no pauses where those are none', () => {
    for (const pausedMs of [undefined, null, 7, { ark: 'long' }]) {
      const figures = { ...report.figures, pausedMs };
      expect(read(JSON.stringify({ ...report, figures }))?.figures.pausedMs).toEqual({});
    }
  });
});
