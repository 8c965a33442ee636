import type { ConsumerInfo } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { RushesError } from '../../src/errors.js';
import { checkFleetSettings } from '../../src/fleet/fleet-settings.js';
import { alertsOf } from '../../src/fleet/status/alerts.js';
import { Counter } from '../../src/fleet/worker/figures.js';
import type { WorkerReport } from '../../src/fleet/worker/roll-call.js';
import { cellsOf, page } from './pages.js';

const text = page('docs/guides/fleet/operating.md');

/** The first cells of the table whose first heading is `heading`. */
function firstCells(heading: string): string[] {
  const table = text.slice(text.search(new RegExp(`^\\| ${heading} +\\|`, 'm'))).split('\n\n')[0] ?? '';
  return table
    .split('\n')
    .slice(2)
    .map((row) => cellsOf(row)[0] ?? '');
}

const trouble = new RushesError('UNAVAILABLE', 'NATS failed: jetstream is not enabled', { retryable: true });

function figures(isWell: boolean, skewMs = 0) {
  const counter = new Counter();
  if (!isWell) counter.failed(trouble);
  return counter.figures({ isWell, underWay: 0, pausedMs: {}, skewMs });
}

function worker(id: string, its: Partial<WorkerReport> = {}): WorkerReport {
  const usual = { settings: checkFleetSettings({}), providers: ['ark'], concurrency: 32, perSecond: null, workers: 2 };
  return { worker: id, figures: figures(true), ...usual, ...its };
}

function consumer(name: string, num_ack_pending: number, num_pending: number): ConsumerInfo {
  return { name, num_ack_pending, num_pending } as ConsumerInfo;
}

describe('docs/guides/fleet/operating.md', () => {
  it('has the alerts that there are, in their words', () => {
    const consumers = [consumer('ark', 95, 3), consumer('cometapi', 7, 0)];
    const workers = [
      worker('a', { figures: figures(false) }),
      worker('b', { figures: figures(true, -6_000) }),
      worker('c', { perSecond: 10 }),
    ];
    const told = [
      ...alertsOf({ workers, consumers, unclaimed: 2, maxLive: 100 }),
      ...alertsOf({ workers: [], consumers, unclaimed: 0, maxLive: 100_000 }),
    ];
    const said = firstCells('alert');
    // None of them has a character that means something to an expression.
    const words = said.map((row) => new RegExp(`^${row.replaceAll('…', '.+')}`));
    expect(told.filter((alert) => !words.some((row) => row.test(alert)))).toEqual([]);
    expect(said.filter((_, i) => !told.some((alert) => words[i]?.test(alert)))).toEqual([]);
  });

  it('names figures that there are', () => {
    const real = new Set([...Object.keys(figures(false)), 'differences']);
    const said = firstCells('figure').map((figure) => figure.split('.')[0] ?? '');
    expect(said.length).toBeGreaterThan(0);
    expect(said.filter((figure) => !real.has(figure))).toEqual([]);
  });
});
