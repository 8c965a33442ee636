import fc from 'fast-check';
import { config, map, NEVER, type Observable, Subject, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { fromCloudEvent, type Skipped, toCloudEvent } from '../../src/bridges/index.js';
import { type BusSourceOptions, busSourceDefaults, checkBusSource } from '../../src/bridges/read/bus-source-options.js';
import { type BusMessage, GAP, readNews } from '../../src/bridges/read/read-news.js';
import { toldSource } from '../../src/bridges/read/told-source.js';
import { isTerminal, type RushesError, type Snapshot, type TaskRef } from '../../src/index.js';
import { snapshot as anySnapshot, hostileJson } from '../../src/testing/arbitraries.js';
import { snapshotMarbles, snapshotOf } from '../../src/testing/index.js';
import { inMarbles, withCode } from '../operators/doc-marble.js';
import { lost } from './news.js';

const task = { provider: 'test', id: 'task_1' };
const other = { provider: 'test', id: 'task_2' };
const values = { ...snapshotMarbles(), s: snapshotOf('in_progress', { progress: 50 }) };
const strangers = snapshotMarbles({ task: other });
const patient = { firstNewsMs: Number.POSITIVE_INFINITY };

const end = toCloudEvent(snapshotOf('completed'));
const garbled: Readonly<Record<string, unknown>> = {
  '&': 'not JSON',
  '?': new Uint8Array([0xff]),
  '%': { ...end, specversion: '0.3' },
  '~': { ...end, subject: 'task_2' },
};

/** Messages by letter: snapshots of the task, `k m D` of another, `L` its loss, `& ? % ~` poison, `*` one misplaced. */
const messages: Readonly<Record<string, BusMessage>> = {
  ...Object.fromEntries(Object.entries(values).map(([letter, said]) => [letter, { body: toCloudEvent(said) }])),
  k: { body: JSON.stringify(toCloudEvent(strangers['q'] as Snapshot)) },
  m: { body: JSON.stringify(toCloudEvent(strangers['r'] as Snapshot)) },
  D: { body: JSON.stringify(toCloudEvent(strangers['C'] as Snapshot)) },
  L: { body: new TextEncoder().encode(JSON.stringify(toCloudEvent(lost(task)))) },
  ...Object.fromEntries(Object.entries(garbled).map(([letter, body]) => [letter, { body }])),
  '*': { body: end, isAddressOf: ({ id }: TaskRef) => id === 'task_2' },
};

/** What a source tells of a task, of messages and gaps, `G`, as marbles. */
function tells(row: string, options: BusSourceOptions, result: string, left: string, error?: unknown): void {
  inMarbles(({ hot, expectObservable, expectSubscriptions }) => {
    const bus = hot(row, { ...messages, G: GAP });
    expectObservable(toldSource(bus, options)(task)).toBe(result, values, error);
    expectSubscriptions(bus.subscriptions).toBe(left);
  });
}

describe('a source over messages', () => {
  it.each<[string, string, string, string]>([
    ['what is said of its task, in order', '--q--r--q--C--', '--q--r--q--(C|)', '^----------!'],
    ['nothing of other tasks', '--q-k-m-D-C', '--q-------(C|)', '^---------!'],
    ['nothing twice', 'qqq-rr-r-q-CC', 'q---r----q-(C|)', '^----------!'],
    ['nothing after the end, a failure too', 'q-(FrC)q-|', 'q-(F|)', '^-!'],
    ['the first end, of two', 'q-F-C-|', 'q-(F|)', '^-!'],
    ['late news as news: the bus may say it again', 'r-q-r-C', 'r-q-r-(C|)', '^-----!'],
    ['good news between poison', '&q?%r~&*-C', '-q--r----(C|)', '^--------!'],
    ['no end that was forged or misplaced', '*-q-~-%-*-C', '--q-------(C|)', '^---------!'],
  ])('tells %s', (_, row, result, left) => {
    tells(row, patient, result, left);
  });

  it('tells of a loss as the error, about the task', () => {
    tells('q-L-C', patient, 'q-#', '^-!', withCode('DEADLINE'));
    let failure: RushesError | undefined;
    const bus = new Subject<BusMessage>();
    toldSource(bus, patient)(task).subscribe({ error: (error) => (failure = error) });
    bus.next(messages['L'] as BusMessage);
    expect(failure).toMatchObject({ code: 'DEADLINE', message: 'too late', task, retryable: true });
    expect(bus.observed).toBe(false);
  });

  it('is SOURCE_ENDED when the bus ends before the task', () => {
    tells('q-r-|', patient, 'q-r-#', '^---!', expect.objectContaining({ code: 'SOURCE_ENDED', task }));
    tells('|', patient, '#', '(^!)', withCode('SOURCE_ENDED'));
  });

  it('passes on what its bus failed with', () => {
    inMarbles(({ hot, expectObservable, expectSubscriptions }) => {
      const bus = hot('q-#', messages, new Error('connection lost'));
      expectObservable(toldSource(bus, patient)(task)).toBe('q-#', values, new Error('connection lost'));
      expectSubscriptions(bus.subscriptions).toBe('^-!');
    });
  });

  it('listens once for all, from the first to the last who watches, and anew after that', () => {
    inMarbles(({ hot, expectObservable, expectSubscriptions }) => {
      const bus = hot('q-k-r-m-C-D-q---k', messages);
      const source = toldSource(bus, patient);
      expectObservable(source(task), '   ^').toBe('        q---r---(C|)', values);
      expectObservable(source(other), '  -^').toBe('       --k---m---(D|)', {
        k: strangers['q'],
        m: strangers['r'],
        D: strangers['C'],
      });
      expectObservable(source(task), '   ---^----!').toBe('    ----r----', values);
      expectObservable(source(other), '  -----------^-----!').toBe('----------------k', { k: strangers['q'] });
      expectSubscriptions(bus.subscriptions).toBe(['           ^---------!', '-----------^-----!']);
    });
  });

  it('tells who comes late what comes', () => {
    inMarbles(({ hot, expectObservable }) => {
      const source = toldSource(hot('q--r--C', messages), patient);
      expectObservable(source(task), '^').toBe('q--r--(C|)', values);
      expectObservable(source(task), '-^').toBe('---r--(C|)', values);
    });
  });

  it('obeys the law whatever comes, in any order, as often as it likes', () => {
    const about = fc.constantFrom(task, other).chain((ref) => anySnapshot({ task: ref }));
    const good = about.map((said): BusMessage => ({ body: JSON.stringify(toCloudEvent(said)) }));
    const poison = fc.oneof(hostileJson(), fc.anything()).map((body): BusMessage => ({ body }));
    const misplaced = about.map((said): BusMessage => ({ body: toCloudEvent(said), isAddressOf: () => false }));
    fc.assert(
      fc.property(fc.array(fc.oneof({ weight: 3, arbitrary: good }, poison, misplaced)), (all) => {
        const [bus, heard, skipped]: [Subject<BusMessage>, Snapshot[], Skipped[]] = [new Subject(), [], []];
        let done = '';
        toldSource(bus, { ...patient, onSkipped: (one) => skipped.push(one) })(task).subscribe({
          next: (said) => heard.push(said),
          error: () => (done = 'error'),
          complete: () => (done = 'complete'),
        });
        const read: BusMessage[] = [];
        for (const message of all) {
          if (bus.observed) read.push(message);
          bus.next(message);
        }
        expect(heard.every((said) => said.task.id === 'task_1')).toBe(true);
        expect(heard.slice(0, -1).some(isTerminal)).toBe(false);
        expect(done).toBe(heard.some(isTerminal) ? 'complete' : '');
        const bad = read.filter(({ body, isAddressOf }) => !fromCloudEvent(body) || isAddressOf);
        expect(skipped.map(({ body }) => body)).toEqual(bad.map(({ body }) => body));
      }),
    );
  });
});

const stalled = expect.objectContaining({
  code: 'STALLED',
  message: 'nothing was heard of the task for 5 ms',
  task,
  retryable: true,
});

describe('silence at first', () => {
  it('is an error after firstNewsMs', () => {
    tells('-------', { firstNewsMs: 5 }, '-----#', '^----!', stalled);
  });

  it('is not broken by poison, nor by news of others', () => {
    tells('-&k*m--', { firstNewsMs: 5 }, '-----#', '^----!', stalled);
  });

  it('is over with the first news, and then counts no more', () => {
    tells('----q--------------C', { firstNewsMs: 5 }, '----q--------------(C|)', '^------------------!');
    tells('----L', { firstNewsMs: 5 }, '----#', '^---!', withCode('DEADLINE'));
  });

  it('may last for ever', () => {
    inMarbles(({ hot, expectObservable }) => {
      expectObservable(toldSource(hot('-'), patient)(task), '^ 99999ms !').toBe('-');
    });
  });

  it('is counted for each who watches', () => {
    inMarbles(({ hot, expectObservable }) => {
      const source = toldSource(hot('----q-----', messages), { firstNewsMs: 5 });
      expectObservable(source(task), '^--------!').toBe('----q-----', values);
      expectObservable(source(task), '------^---------').toBe('-----------#', values, stalled);
    });
  });

  it('lasts a minute unless it is told otherwise', () => {
    inMarbles(({ hot, expectObservable }) => {
      expect(busSourceDefaults.firstNewsMs).toBe(60_000);
      expectObservable(toldSource(hot('-'), {})(task)).toBe('60000ms #', {}, withCode('STALLED'));
    });
  });

  it('is waited for on the scheduler that is given', () => {
    const schedule = vi.fn(() => NEVER.subscribe());
    toldSource(NEVER, { firstNewsMs: 5, scheduler: { now: () => 0, schedule } })(task).subscribe();
    expect(schedule).toHaveBeenCalledWith(expect.any(Function), 5);
  });
});

describe('silence after a gap', () => {
  it('is an error after firstNewsMs, which poison and news of others do not break', () => {
    tells('q--------G------', { firstNewsMs: 5 }, 'q-------------#', '^-------------!', stalled);
    tells('q--------G-&k*m-', { firstNewsMs: 5 }, 'q-------------#', '^-------------!', stalled);
  });

  it('is over with the next news, be it what was told before', () => {
    tells('q--G---q---------C', { firstNewsMs: 5 }, 'q----------------(C|)', '^----------------!');
    tells('q--G---L', { firstNewsMs: 5 }, 'q------#', '^------!', withCode('DEADLINE'));
  });

  it('comes again with the next gap', () => {
    tells('q--G--r--G-------', { firstNewsMs: 5 }, 'q-----r-------#', '^-------------!', stalled);
  });

  it('is not put off by gaps that follow, neither that at first', () => {
    tells('q-G--G--G-C', { firstNewsMs: 5 }, 'q------#', '^------!', stalled);
    tells('--G--', { firstNewsMs: 5 }, '-----#', '^----!', stalled);
  });

  it('is for all who watch; who comes later waits from then', () => {
    inMarbles(({ hot, expectObservable }) => {
      const source = toldSource(hot('q-G----------', { ...messages, G: GAP }), { firstNewsMs: 5 });
      expectObservable(source(task), '^').toBe('q------#', values, stalled);
      expectObservable(source(task), '^').toBe('q------#', values, stalled);
      expectObservable(source(task), '---^').toBe('--------#', values, stalled);
    });
  });

  it('may last for ever', () => {
    inMarbles(({ hot, expectObservable }) => {
      const bus = hot('q-G', { ...messages, G: GAP });
      expectObservable(toldSource(bus, patient)(task), '^ 99999ms !').toBe('q', values);
    });
  });
});

describe('what is skipped', () => {
  /** The reasons and bodies that are told of, of messages in a row. */
  function skippedOf(row: string, options: BusSourceOptions = {}, watchers: readonly TaskRef[] = [task]): Skipped[] {
    const [bus, skipped]: [Subject<BusMessage>, Skipped[]] = [new Subject(), []];
    const source = toldSource(bus, { ...patient, onSkipped: (one) => skipped.push(one), ...options });
    for (const watched of watchers) source(watched).subscribe({ error: () => undefined });
    for (const letter of row) bus.next(messages[letter] as BusMessage);
    return skipped;
  }

  it('is told of once however many watch, as it came', () => {
    const skipped = skippedOf('&q?k%', {}, [task, other, task]);
    expect(skipped).toEqual(['&', '?', '%'].map((letter) => ({ reason: 'garbled', body: garbled[letter] })));
    expect(skipped[1]?.body).toBe(garbled['?']);
  });

  it('is no news of other tasks', () => {
    expect(skippedOf('kmD')).toEqual([]);
  });

  it('is what came by an address that is not its own', () => {
    expect(skippedOf('*')).toEqual([{ reason: 'misplaced', body: end }]);
  });

  it('is what verify does not say yes to, be it by an error', () => {
    const answers: unknown[] = [true, false, undefined, 1, Promise.resolve(true), 'yes', null];
    for (const answer of answers) {
      const skipped = skippedOf('q', { verify: () => answer as boolean });
      expect(skipped).toEqual(answer === true ? [] : [{ reason: 'refused', body: messages['q']?.body }]);
    }
    const verify = () => {
      throw new TypeError('signature is not a string');
    };
    expect(skippedOf('qr', { verify }).map(({ reason }) => reason)).toEqual(['refused', 'refused']);
  });

  it('is known by its reason before verify is asked, which hears all that the event says', () => {
    const verify = vi.fn(() => true);
    expect(skippedOf('&*', { verify }).map(({ reason }) => reason)).toEqual(['garbled', 'misplaced']);
    expect(verify).not.toHaveBeenCalled();
    const bus = new Subject<BusMessage>();
    toldSource(bus, { ...patient, verify })(task).subscribe();
    bus.next({ body: JSON.stringify({ ...end, signature: 'abc' }) });
    expect(verify).toHaveBeenCalledWith(expect.objectContaining({ signature: 'abc', subject: 'task_1', id: end.id }));
  });

  it('is no gap', () => {
    const onSkipped = vi.fn();
    tells('q-G-C', { ...patient, onSkipped }, 'q---(C|)', '^---!');
    expect(onSkipped).not.toHaveBeenCalled();
  });

  it('is silent where nobody is told', () => {
    tells('&?*q-C', patient, '---q-(C|)', '^----!');
  });

  it('stops nothing where the one who is told throws, whose error goes where RxJS takes those of listeners', () => {
    const onUnhandledError = vi.fn();
    config.onUnhandledError = onUnhandledError;
    vi.useFakeTimers();
    const onSkipped = () => {
      throw new Error('observer');
    };
    tells('q-&-C', { ...patient, onSkipped }, 'q---(C|)', '^---!');
    vi.runAllTimers();
    vi.useRealTimers();
    config.onUnhandledError = null;
    expect(onUnhandledError).toHaveBeenCalledWith(new Error('observer'));
  });
});

describe('readNews', () => {
  it('tells of every task, losses too', () => {
    inMarbles(({ hot, expectObservable }) => {
      const news = (hot('q&kL|', messages) as Observable<BusMessage>).pipe(
        readNews({}),
        map(({ kind, task: { id } }) => `${kind} ${id}`),
        toArray(),
      );
      expectObservable(news).toBe('----(a|)', { a: ['snapshot task_1', 'snapshot task_2', 'lost task_1'] });
    });
  });
});

describe('checkBusSource', () => {
  it.each<[string, object]>([
    [
      'busSource.firstNewsMs: expected milliseconds: a finite number, 0 or more, or Infinity, received -1',
      { firstNewsMs: -1 },
    ],
    [
      'busSource.firstNewsMs: expected milliseconds: a finite number, 0 or more, or Infinity, received "5"',
      { firstNewsMs: '5' },
    ],
    ['onSkipped: expected a function, received true', { onSkipped: true }],
    ['verify: expected a function, received "hmac"', { verify: 'hmac' }],
  ])('says what is wrong: %s', (message, options) => {
    expect(() => checkBusSource('busSource', options)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message }),
    );
  });

  it('takes nothing, and all that is right', () => {
    checkBusSource('busSource', {});
    checkBusSource('busSource', { firstNewsMs: 0, onSkipped: () => undefined, verify: () => true });
    checkBusSource('busSource', patient);
  });
});
