import { NEVER, of, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it, vi } from 'vitest';
import { follow } from '../../src/cli/fleet/follow.js';
import { tellTrouble } from '../../src/cli/fleet/nats-patience.js';
import { noNews, noNewsWords, stepAfterSilence } from '../../src/cli/fleet/no-news.js';
import { stepAfter } from '../../src/cli/fleet/trouble.js';
import { afterwards } from '../../src/cli/last-words.js';
import { Standings } from '../../src/cli/standings.js';
import { type LostError, RushesError } from '../../src/errors.js';
import type { WorkFigures } from '../../src/fleet/index.js';
import { heardShell } from './heard-shell.js';

const virtually = (test: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);

describe('no news of tasks that are followed', () => {
  it('is told once, ten seconds after the fleet took the first', () => {
    virtually(({ cold, expectObservable }) => {
      const submitted = cold('5s a 5s a 1m a');
      expectObservable(noNews({ submitted, news: NEVER, isAway: NEVER }, 'w')).toBe('15s (w|)');
    });
  });

  it('is none after the first news, and where nothing was submitted', () => {
    virtually(({ cold, expectObservable }) => {
      expectObservable(noNews({ submitted: of(1), news: cold('9s a'), isAway: NEVER }, 'w')).toBe('9s |');
      expectObservable(noNews({ submitted: NEVER, news: cold('1m a'), isAway: NEVER }, 'w')).toBe('1m |');
    });
  });

  it('is no wonder while NATS is away', () => {
    virtually(({ cold, expectObservable }) => {
      const isAway = cold('5s a 59999ms b', { a: true, b: false });
      expectObservable(noNews({ submitted: of(1), news: NEVER, isAway }, 'w')).toBe('75s (w|)');
    });
  });

  it('is said of what is followed', async () => {
    vi.useFakeTimers();
    try {
      const { shell, said } = heardShell();
      const tasks = [{ provider: 'ark', id: 'a' }];
      const ended = follow(
        { kind: 'submit', tasks: { named: tasks, isOpen: false, all: tasks }, carryOut: async () => 'submitted' },
        {
          ...{ source: () => NEVER, name: 'rushes', of: 'ark', deadlineMs: 2_000, notices: NEVER, isAway: NEVER },
          ...{ status: 'rushes fleet status', goOn: () => '' },
        },
        shell,
      );
      await vi.advanceTimersByTimeAsync(9_900);
      expect(said).toEqual([]);
      await vi.advanceTimersByTimeAsync(30_000);
      expect(said).toEqual([
        expect.stringContaining('does a worker run? See `rushes fleet status`. This gives up after'),
      ]);
      await vi.advanceTimersByTimeAsync(52_200);
      expect(await ended).toBe(3);
    } finally {
      vi.useRealTimers();
    }
  });

  it('says when it gives up, where it does', () => {
    expect(noNewsWords('rushes fleet status', 2_000, 60_000)).toBe(
      'rushes: no news yet: does a worker run? See `rushes fleet status`. ' +
        'This gives up after 1m 02s, 60 s past the deadline.',
    );
    expect(noNewsWords('x', Number.POSITIVE_INFINITY, 60_000)).toMatch(/`x`\.$/);
  });
});

describe('trouble with NATS', () => {
  const trouble = (message = 'NATS failed: jetstream is not enabled') => new RushesError('UNAVAILABLE', message);
  const figures = (isWell: boolean, busTroubles = 0, lastTrouble?: RushesError) =>
    ({ isWell, busTroubles, ...(lastTrouble && { lastTrouble }) }) as WorkFigures;
  const told = (...all: readonly (WorkFigures | 'away' | 'back')[]) => {
    const said: string[] = [];
    let isKnown = false;
    const work = new Subject<WorkFigures>();
    work
      .pipe(
        tellTrouble(
          (line) => void said.push(line),
          () => isKnown,
        ),
      )
      .subscribe();
    for (const each of all) {
      if (typeof each === 'string') isKnown = each === 'away';
      else work.next(each);
    }
    return said;
  };
  const first =
    'rushes: NATS does not do what is asked: jetstream is not enabled; trying until it does, for 10 minutes at most';
  const again = 'rushes: NATS does what is asked again';

  it('is said once, and once that it is over, each time anew', () => {
    const [one, two] = [figures(false, 1, trouble()), figures(false, 2, trouble())];
    expect(told(figures(false), one, two, two)).toEqual([first]);
    expect(told(one, figures(true, 2, trouble()), figures(true, 2), figures(false, 3, trouble()))).toEqual([
      first,
      again,
      first,
    ]);
  });

  it('is not what failed before it, nor what is known', () => {
    const poll = trouble('no answer came');
    expect(told(figures(true, 4, poll), figures(false, 4, poll))).toEqual([]);
    expect(told('away', figures(false, 1, trouble()), 'back', figures(false, 1, trouble()), figures(true, 1))).toEqual(
      [],
    );
  });

  it('is said in its own words where those say who', () => {
    expect(told(figures(false, 1, trouble('NATS hands out no work: 409 Consumer Deleted')))[0]).toMatch(
      /^rushes: NATS hands out no work: 409 Consumer Deleted; trying/,
    );
  });
});

describe('the next step of a fleet', () => {
  const lastSnapshot = { task: { provider: 'ark', id: 'a' }, status: 'queued', providerStatus: '' } as const;
  const steps = (error: unknown) => stepAfterSilence(error, 'rushes fleet status --name a') ?? stepAfter(error);
  const after = (error: RushesError) => {
    const task = { provider: 'ark', id: 'a' };
    const standings = new Standings([], false);
    standings.hear({ kind: 'lost', task, error: error as LostError });
    return afterwards(standings.all, { command: 'fleet submit', goOn: () => 'rushes again', stepAfter: steps })?.split(
      '\n',
    )[1];
  };

  it.each<[what: string, error: RushesError, step: string | RegExp]>([
    ['no streams', new RushesError('UNAVAILABLE', 'the fleet has no streams yet'), /^Is it called so\?/],
    ['NATS', new RushesError('UNAVAILABLE', 'NATS failed'), /^Check NATS/],
    ['an unknown task', new RushesError('NOT_FOUND', 'no'), /the base URL is the worker's\.$/],
    ['an odd answer', new RushesError('BAD_RESPONSE', 'no'), 'Check the base URL that the workers have.'],
    ['a deadline', new RushesError('DEADLINE', 'late', { lastSnapshot }), 'It needs longer than the deadline.'],
    [
      'a deadline unheard',
      new RushesError('DEADLINE', 'late'),
      'Does a worker run? See `rushes fleet status --name a`.',
    ],
    ['a task that was forgotten', new RushesError('SOURCE_ENDED', 'no'), 'Somebody let the fleet forget it.'],
  ])('after %s is of a fleet', (_, error, step) => {
    const said = after(error);
    if (typeof step === 'string') expect(said).toBe(step);
    else expect(said).toMatch(step);
    expect(said).not.toContain('--base-url');
  });
});
