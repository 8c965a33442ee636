import { describe, expect, it } from 'vitest';
import { widthOf } from '../../src/cli/board/cells.js';
import { changeLine, differenceLine } from '../../src/cli/fleet/difference-line.js';
import { statusCard } from '../../src/cli/fleet/status-card.js';
import type { FleetStatus } from '../../src/fleet/index.js';
import { busy, idle, page } from './fleet-figures.js';

describe('the card of a fleet', () => {
  const standing: FleetStatus = {
    live: 1_204,
    waiting: 3,
    unclaimed: 0,
    maxLive: 100_000,
    events: 9,
    pollsPerSecond: 41,
    lateMs: { p50: 12, p99: 40 },
    lost: 2,
    workers: [],
    differences: [],
    alerts: [],
  };

  it('tells the numbers, and nothing of what is as it should be', () => {
    const lines = statusCard('rushes', standing, page);
    expect(lines).toContain('  live           1,204  tasks that are watched');
    expect(lines).toContain('  polls/s           41  of all workers');
    expect(lines).toContain('  late      12 / 40 ms  how late half / 99 % of turns come, at most');
    expect(lines.join('\n')).not.toMatch(/should|Look/);
  });

  it('names workers, differences and alerts', () => {
    const worker = {
      worker: '52b8b3a2-0000',
      settings: { requestTimeoutMs: 1, shards: 1, maxLive: 1, keepEventsMs: 1, replicas: 1 },
      providers: ['ark'],
      concurrency: 32,
      perSecond: null,
      workers: 1,
      figures: { ...busy, lastTrouble: { code: 'UNAVAILABLE', message: 'no\x1banswer' } },
    } as const;
    const differences = [{ of: 'consumer ark', setting: 'presence', found: 'absent', needed: 'present' }];
    const card = statusCard('rushes', { ...standing, workers: [worker], differences, alerts: ['an alert'] }, page);
    expect(card.join('\n')).toContain(
      '\n    52b8b3a2  ark  3 of 32 at once  1,234 polls  12/s\n      UNAVAILABLE: no answer\n',
    );
    expect(card.slice(-5)).toEqual([
      'Not as it should be:',
      '  consumer ark is absent',
      '',
      'Look at this:',
      '  an alert',
    ]);
    const slow = { ...worker, perSecond: 10, workers: 3, figures: { ...idle, polls: 1, isWell: false } };
    expect(statusCard('rushes', { ...standing, workers: [slow] }, page).slice(-2)).toEqual([
      '    52b8b3a2  ark  0 of 32 at once  1 poll  0 of 3.33/s',
      '      no work from NATS',
    ]);
  });

  it('shows on 80 columns all that is to be read: how late turns are, and alerts', () => {
    const narrow = { ...page, columns: 79 };
    const lateMs = { p50: 1_204, p99: 123_456 };
    const alert = `worker 52b8b3a2 gets no work from NATS: ${'a long reason '.repeat(10)}to the end`;
    const card = statusCard('rushes', { ...standing, lateMs, alerts: [alert] }, narrow);
    expect(card.join('\n')).toMatch(/late +1,204 \/ 123,456 ms {2}/);
    const said = card.slice(card.indexOf('Look at this:') + 1);
    expect(said.length).toBeGreaterThan(1);
    expect(said.map((line) => line.trim()).join(' ')).toBe(alert);
    for (const line of card) expect(widthOf(line)).toBeLessThanOrEqual(79);
  });

  it.each([
    [7, 8, 'stream a: max_age 7 ms → 8 ms'],
    [undefined, Number.POSITIVE_INFINITY, 'stream a: max_age nothing → for ever'],
    ['\x1b[2J', ['x'], 'stream a: max_age  [2J → ["x"]'],
  ])('tells a change from %s to %s', (found, needed, line) => {
    expect(changeLine({ of: 'stream a', setting: 'max_age', found, needed })).toBe(line);
  });
});

describe('a difference', () => {
  it('cannot drive a terminal by what it is of, either', () => {
    const strange = { of: 'consumer a\x1b[2J\u202eb\nc', setting: 'presence', found: 'present', needed: 'absent' };
    expect(changeLine(strange)).toBe('consumer a [2J b c: present → absent');
    expect(differenceLine(strange)).toBe('consumer a [2J b c is in the way');
    const age = { ...strange, setting: 'max_age', found: 1, needed: 2 };
    expect(changeLine(age)).toBe('consumer a [2J b c: max_age 1 ms → 2 ms');
    expect(differenceLine(age)).toBe('consumer a [2J b c: max_age is 1 ms, and has to be 2 ms');
  });

  it.each([
    ['fleet', 'fleet: shards is 1, you asked for 16'],
    ['worker 52b8b3a2', 'worker 52b8b3a2: shards is 1, the fleet has 16'],
    ['stream a', 'stream a: shards is 1, and has to be 16'],
  ])('of a %s says by whose word it is wrong', (of, line) => {
    expect(differenceLine({ of, setting: 'shards', found: 1, needed: 16 })).toBe(line);
  });
});
