import { readFileSync } from 'node:fs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { createClient, isRushesError, takeUntilTerminal } from '../../src/index.js';
import { createClock } from '../../src/testing/clock.js';
import { letterFor, marblesDefaults, snapshotMarbles, snapshotOf } from '../../src/testing/marbles.js';
import { marblesDrawing, marblesDrawingDefaults } from '../../src/testing/marbles-drawing.js';
import { marblesSource, marblesSourceDefaults } from '../../src/testing/marbles-source.js';

const task = { provider: 'test', id: 'task_1' };
const inMarbles = () => new TestScheduler((actual, expected) => expect(actual).toEqual(expected));

describe('snapshotOf', () => {
  it('makes a snapshot that is valid without a word more', () => {
    expect(snapshotOf('queued')).toStrictEqual({ task, status: 'queued', providerStatus: 'queued' });
    expect(snapshotOf('expired')).toStrictEqual({
      task,
      status: 'expired',
      providerStatus: 'expired',
      error: { message: 'the task is expired' },
    });
  });

  it('takes facts, but leaves the status as it is asked for', () => {
    const facts = { task: { provider: 'ark', id: 'cgt-1' }, providerStatus: 'running', progress: 40 };
    expect(snapshotOf('in_progress', facts)).toStrictEqual({ ...facts, status: 'in_progress' });
    expect(snapshotOf('failed', { error: { code: 'c', message: 'm' } }).error).toEqual({ code: 'c', message: 'm' });
    expect(snapshotOf('queued', { status: 'completed' } as object).status).toBe('queued');
  });

  it('freezes what it makes, and nothing that it was given', () => {
    const mine = { ...task };
    const made = snapshotOf('failed', { task: mine });
    expect([made, made.task, made.error].every(Object.isFrozen)).toBe(true);
    expect(Object.isFrozen(mine)).toBe(false);
  });

  it('refuses a word that is no status', () => {
    expect(() => snapshotOf('SUCCESS' as 'completed')).toThrow(/^status: expected one of queued,.*received SUCCESS$/);
  });
});

describe('snapshotMarbles', () => {
  it('has a letter for each status and a digit for each tenth', () => {
    const values = snapshotMarbles({ task: { provider: 'ark', id: 'cgt-1' } });
    const shown = Object.entries(values).map(
      ([letter, { status, progress }]) => `${letter} ${status} ${progress ?? ''}`,
    );
    expect(shown.map((line) => line.trim()).sort()).toEqual([
      ...Array.from('0123456789', (digit) => `${digit} in_progress ${Number(digit) * 10}`),
      'C completed',
      'E error',
      'F failed',
      'T expired',
      'X cancelled',
      'q queued',
      'r in_progress',
      'u unknown',
    ]);
    for (const [letter, snapshot] of Object.entries(values)) {
      expect(letterFor(snapshot)).toBe(letter);
      expect(snapshot.task).toEqual({ provider: 'ark', id: 'cgt-1' });
    }
  });

  it('rounds progress down, and 100 is no end', () => {
    expect([47, 99, 100].map((progress) => letterFor(snapshotOf('in_progress', { progress })))).toEqual([
      '4',
      '9',
      '9',
    ]);
  });

  it('is what a TestScheduler takes for values, as in its doc comment', () => {
    const values = { ...snapshotMarbles(), V: snapshotOf('completed', { videoUrl: 'https://cdn.test/v.mp4' }) };
    inMarbles().run(({ hot, expectObservable, expectSubscriptions }) => {
      const news = hot('             q-3-r-V-F-|', values);
      expectObservable(news.pipe(takeUntilTerminal())).toBe('q-3-r-(V|)', values);
      expectSubscriptions(news.subscriptions).toBe('^-----!');
    });
  });
});

describe('marblesSource', () => {
  it('plays a diagram from each subscription on, in the frames of RxJS', () => {
    const scheduler = inMarbles();
    scheduler.run(({ cold, expectObservable }) => {
      const values = snapshotMarbles();
      for (const diagram of ['-q-3(rr)C--|', '(qC|)', '#', '-(u#)', '']) {
        const source = marblesSource(diagram, { scheduler, frameMs: 1, error: 'error' })(task);
        expectObservable(source).toBe(diagram, values);
        expectObservable(source, '--^').toEqual(cold(diagram, values));
      }
    });
  });

  it('leaves nothing behind when it is left', () => {
    const scheduler = inMarbles();
    scheduler.run(({ expectObservable }) => {
      const source = marblesSource('q--r--C--|', { scheduler, frameMs: 1 })(task);
      expectObservable(source, '   ^---!').toBe('q--r', snapshotMarbles());
    });
  });

  it('stands under a client, as in its doc comment', async () => {
    const clock = createClock();
    const source = marblesSource('q--5--(C|)', { scheduler: clock });
    const shown: string[] = [];
    createClient(source, { scheduler: clock })
      .watch({ provider: 'test', id: 'task_1' })
      .subscribe(({ status, progress }) => shown.push(`${clock.now()} ${status} ${progress}`));
    await clock.advance(6_000);
    expect(shown.join(', ')).toBe(
      '1800000000000 queued undefined, 1800000003000 in_progress 50, 1800000006000 completed undefined',
    );
    expect(clock.pending).toBe(0);
  });

  it('tells each task its own story, about itself', async () => {
    const clock = createClock();
    const values = { V: snapshotOf('completed', { videoUrl: 'https://cdn.test/v.mp4' }) };
    const stories = new Map([
      ['a', 'q (V|)'],
      ['b', 'F'],
    ]);
    const source = marblesSource(({ id }) => stories.get(id) ?? '', { scheduler: clock, frameMs: 5, values });
    const told: string[] = [];
    for (const id of stories.keys()) {
      source({ provider: 'ark', id }).subscribe((s) => told.push(`${clock.now() % 100} ${s.task.id} ${s.status}`));
    }
    await clock.advance(100);
    expect(told).toEqual(['0 a queued', '0 b failed', '5 a completed']);
  });

  it('fails where the diagram says so', async () => {
    const clock = createClock();
    const errors: unknown[] = [];
    marblesSource('-#', { scheduler: clock })(task).subscribe({ error: (error) => errors.push(error) });
    marblesSource('-#', { scheduler: clock, error: 'mine' })(task).subscribe({ error: (error) => errors.push(error) });
    await clock.advance(1_000);
    expect(isRushesError(errors[0])).toBe(true);
    expect(errors).toEqual([expect.objectContaining({ code: 'UNAVAILABLE', retryable: true, task }), 'mine']);
  });

  it.each(['q-z', '(q', 'q)', '((q))', 'constructor'])('refuses %j', (diagram) => {
    expect(() => marblesSource(diagram)).toThrow(TypeError);
  });
});

describe('marblesDrawing', () => {
  it.each(['q--5--(C|)', '(q3)F|', '--u-#', '|', 'q-----------9--(rX|)'])(
    'draws %s as it was played',
    async (diagram) => {
      const clock = createClock();
      const drawings: string[] = [];
      marblesSource(diagram, { scheduler: clock })(task)
        .pipe(marblesDrawing({ scheduler: clock }))
        .subscribe((drawing) => drawings.push(drawing));
      await clock.advance(60_000);
      expect(drawings).toEqual([diagram]);
    },
  );

  it('shows what a client makes of its source, as in its doc comment', async () => {
    const clock = createClock();
    const drawings: string[] = [];
    const client = createClient(marblesSource('q-qq5--(C|)', { scheduler: clock }), { scheduler: clock });
    client
      .watch({ provider: 'test', id: 'task_1' })
      .pipe(marblesDrawing({ scheduler: clock }))
      .subscribe((drawing) => drawings.push(drawing));
    await clock.advance(10_000);
    expect(drawings).toEqual(['q---5--(C|)']);
  });

  it('says nothing before the end, and asks no more when it is left', () => {
    const scheduler = inMarbles();
    scheduler.run(({ hot, expectObservable, expectSubscriptions }) => {
      const values = snapshotMarbles();
      const news = hot('           q--5--C|', values);
      const draw = marblesDrawing({ scheduler, frameMs: 1 });
      expectObservable(news.pipe(draw)).toBe('-------(d|)', { d: 'q--5--C|' });
      expectObservable(news.pipe(draw), '     ^--!').toBe('');
      expectSubscriptions(news.subscriptions).toBe(['^------!', '^--!']);
    });
  });
});

it.each([
  ['marbles.ts', marblesDefaults],
  ['marbles-source.ts', marblesSourceDefaults],
  ['marbles-drawing.ts', marblesDrawingDefaults],
])('the documented defaults of %s are the real ones', (path, defaults) => {
  const source = readFileSync(new URL(`../../src/testing/${path}`, import.meta.url), 'utf8');
  const documented = source.matchAll(/@defaultValue `([^`]+)` \*\/\s*readonly (\w+)\?:/g);
  expect(Object.fromEntries(Array.from(documented, ([, value = '', name]) => [name, JSON.parse(value)]))).toEqual(
    defaults,
  );
});
