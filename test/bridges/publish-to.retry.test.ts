import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { isPublishFailed, type Publisher, publishTo, toCloudEvent } from '../../src/bridges/index.js';
import { isRushesError, RushesError, type Snapshot, type TaskEvent } from '../../src/index.js';
import { createClock, snapshotOf } from '../../src/testing/index.js';
import { many, type Played, play, single } from './bus-scene.js';

const task = { provider: 'test', id: 'task_1' };
const fast = { initialMs: 4, maxMs: 16 };
const lossOf = (played: Played) => {
  const loss = played.values.find((value) => 'kind' in value && value.kind === 'lost') as TaskEvent & { kind: 'lost' };
  return loss?.error;
};

/** Something that has a `then` that is got so. */
function thenOf(get: () => unknown): PromiseLike<void> {
  return new Proxy({}, { get: (_, name) => (name === 'then' ? get() : undefined) }) as PromiseLike<void>;
}

/** What becomes of one snapshot at a publisher that never takes it. */
async function outcome(publish: Publisher['publish'], ms = 1_000_000): Promise<unknown> {
  const clock = createClock();
  const said = lastValueFrom(
    of(snapshotOf('completed')).pipe(publishTo({ publish }, { scheduler: clock, random: () => 1 })),
  );
  const settled = said.then(
    (value) => value,
    (error: unknown) => error,
  );
  await clock.advance(ms);
  expect(clock.pending).toBe(0);
  return settled;
}

describe('an event that is refused', () => {
  it('is tried again with full jitter, twice as patiently each time, and told of before each wait', async () => {
    const options = { retry: fast, random: () => 0.5 };
    const answers = { q: ['-r', '-r', '-r', '-r', '-a'] };
    const { sent, result, retries, events, timers } = await play({ source: 'q|', answers, options });
    expect(sent).toEqual(['q@0', 'q@3', 'q@8', 'q@17', 'q@26']);
    expect(retries).toEqual([2, 4, 8, 8].map((waitMs) => ['q', waitMs, 'the bus did not take it: the bus is away']));
    expect(result).toEqual(['q@27', '|@27']);
    expect(new Set(events.map((event) => JSON.stringify(event))).size).toBe(1);
    expect(timers).toBe(0);
  });

  it('gives way to newer live news while it waits, and is not passed on then', async () => {
    const played = await play({ source: 'q--r-5|', answers: { q: ['-r'] }, options: { retry: { initialMs: 10 } } });
    expect(played.sent).toEqual(['q@0', '5@11']);
    expect(played.result).toEqual(['5@13', '|@13']);
  });

  it('gives way again where what took its place is refused', async () => {
    const played = await play({ source: 'q--r----5|', answers: { q: ['-r'], r: ['--r'] }, options: { retry: fast } });
    expect(played.sent).toEqual(['q@0', 'r@5', '5@15']);
    expect(played.retries.map(([letter]) => letter)).toEqual(['q', 'r']);
  });

  it('gives way to newer live news that came before it was refused', async () => {
    const played = await play({ source: 'q-r-5|', answers: { q: ['-----r'] }, options: { retry: fast } });
    expect(played.sent).toEqual(['q@0', '5@9']);
    expect(played.result).toEqual(['5@11', '|@11']);
  });

  it('gives way to no news that is not live, and where it is none itself', async () => {
    const options = { retry: fast };
    const ended = await play({ source: 'q-C|', answers: { q: ['-----r', 'a'] }, options });
    expect(ended.sent).toEqual(['q@0', 'q@9', 'C@9']);
    const lost = await play({ source: 'L-b|', values: many, answers: { L: ['-----r', 'a'] }, options });
    expect(lost.sent).toEqual(['L@0', 'L@9', 'b@9']);
  });

  it('is told of where it is given up, though newer live news waits, which is published then', async () => {
    const played = await play({ source: 'a-b|', values: many, answers: { a: ['-----n'] } });
    expect(played.sent).toEqual(['a@0', 'b@5']);
    expect(played.result).toEqual(['P@5', 'b@7', '|@7']);
    expect(lossOf(played)?.event).toBe(played.events[0]);
  });

  it('keeps its place before the end of its task', async () => {
    const played = await play({ source: 'q--C|', answers: { q: ['-r', '-a'] }, options: { retry: fast } });
    expect(played.sent).toEqual(['q@0', 'q@5', 'C@6']);
    expect(played.result).toEqual(['q@6', 'C@8', '|@8']);
  });

  it('is tried again where it is the end, whatever is said since', async () => {
    const played = await play({ source: 'C-q-F|', answers: { C: ['-r', '-a'] }, options: { retry: fast } });
    expect([played.sent, played.result]).toEqual([
      ['C@0', 'C@5'],
      ['C@6', '|@6'],
    ]);
  });

  it('is tried again where a watch was lost', async () => {
    const played = await play({ source: 'L-b|', values: many, answers: { L: ['-r', '-a'] }, options: { retry: fast } });
    expect(played.sent).toEqual(['L@0', 'L@5', 'b@6']);
  });

  it('is given up when the bus has refused for giveUpAfterMs', async () => {
    const answers = { q: ['r'] };
    const retry = { giveUpAfterMs: 20, initialMs: 4, maxMs: 8 };
    const { sent, result, error, events, timers } = await play({ source: 'q----|', answers, options: { retry } });
    expect(sent).toEqual(['q@0', 'q@4', 'q@12', 'q@20']);
    expect(result).toEqual(['#@20']);
    expect(error).toMatchObject({
      code: 'PUBLISH_FAILED',
      message: 'rushes.task.queued of task_1 was not published: the bus did not take it: the bus is away',
      task,
      retryable: true,
      lastSnapshot: single['q'],
      event: events[0],
      cause: { name: 'Error', message: 'the bus is away' },
    });
    expect(isPublishFailed(error) && error.event).toBe(events[0]);
    expect(JSON.stringify(error)).not.toContain('specversion');
    expect(timers).toBe(0);
  });

  it('has all the patience again once the bus has taken something of its task', async () => {
    const retry = { giveUpAfterMs: 20, initialMs: 8, maxMs: 8 };
    const answers = { a: ['r', 'r', 'a'], L: ['r', 'r', 'a'], A: ['r', 'r', 'a'] };
    const { result } = await play({ source: '(aLA)|', values: many, answers, options: { retry } });
    expect(result).toEqual(['a@16', 'L@32', 'A@48', '|@48']);
  });

  it('costs patience for as long as each answer took, up to the time that an answer may take', async () => {
    const slow = [`${'-'.repeat(100)}r`];
    const options = { retry: { giveUpAfterMs: 350, initialMs: 0 } };
    const scene = { source: 'q|', answers: { q: slow } };
    expect((await play({ ...scene, options })).sent).toEqual(['q@0', 'q@100', 'q@200', 'q@300']);
    const minute = Array.from({ length: 100_001 }, () => '-').join('');
    const played = await play({
      source: 'q|',
      answers: { q: [`${minute.slice(0, 100_000)}r`] },
      options: { retry: { giveUpAfterMs: 350_000, initialMs: 0 } },
      untilMs: 1_000_000,
    });
    expect(played.result).toEqual(['#@400000']);
  });

  it.each<[string, string, string]>([
    ['PUBLISH_FAILED', 'n', 'rushes.task.queued of task_1 was not published: no right to publish'],
    ['INVALID_ARGUMENT', 'i', 'bus(address): expected at most 10 bytes'],
  ])('for ever is %s at once', async (code, answer, message) => {
    const played = await play({ source: 'q-r-C|', answers: { q: [`-${answer}`] } });
    expect(played.sent).toEqual(['q@0']);
    expect(played.result).toEqual(['#@1']);
    expect(played.listened).toEqual(['^@0', '!@1']);
    expect(played.retries).toEqual([]);
    expect(played.error).toMatchObject({ code, message, task, retryable: false, event: played.events[0] });
  });
});

describe('an event that is given up, of many', () => {
  it('is a lost event with the event in it; the others go on, and so does later news of its task', async () => {
    const answers = { a: ['--n'], x: ['--a'] };
    const { sent, result, values, events, listened } = await play({ source: '(ax)---b-A|', values: many, answers });
    expect(sent).toEqual(['a@0', 'x@0', 'b@7', 'A@9']);
    expect(result).toEqual(['P@2', 'x@2', 'b@9', 'A@11', '|@11']);
    expect(values[0]).toMatchObject({ kind: 'lost', task: events[0]?.data.task, error: { code: 'PUBLISH_FAILED' } });
    expect(lossOf({ values } as Played)?.event).toBe(events[0]);
    expect(listened).toEqual(['^@0', '!@10']);
  });

  it('lets what waited behind it go on', async () => {
    const { sent, result } = await play({ source: '(abA)|', values: many, answers: { a: ['--n'], b: ['--i'] } });
    expect(sent).toEqual(['a@0', 'b@2', 'A@4']);
    expect(result).toEqual(['P@2', 'P@4', 'A@6', '|@6']);
  });

  it('is told as the argument that it was, where it can never be right', async () => {
    const played = await play({ source: 'a|', values: many, answers: { a: ['i'] } });
    expect(lossOf(played)).toMatchObject({ code: 'INVALID_ARGUMENT', event: played.events[0] });
  });

  it('tells also of a loss that could not be published, with the event that says why', async () => {
    const played = await play({ source: 'L--x|', values: many, answers: { L: ['-n'] } });
    expect(played.result).toEqual(['P@1', 'x@5', '|@5']);
    expect(lossOf(played)?.event).toMatchObject({ type: 'rushes.task.lost', data: { error: { code: 'DEADLINE' } } });
  });
});

describe('an event that is not answered', () => {
  it('is given up after answerTimeoutMs and not tried again; what comes later goes on', async () => {
    const played = await play({
      source: '(ab)---x---A|',
      values: many,
      answers: { a: ['-'] },
      options: { answerTimeoutMs: 10 },
    });
    expect(played.sent).toEqual(['a@0', 'x@7', 'b@10', 'A@12']);
    expect(played.result).toEqual(['x@9', 'P@10', 'b@12', 'A@14', '|@14']);
    expect(lossOf(played)).toMatchObject({
      code: 'PUBLISH_FAILED',
      retryable: true,
      message: 'rushes.task.queued of one was not published: the bus has not answered for 10 ms',
    });
    expect(played.retries).toEqual([]);
  });

  it('is the error of a single watch', async () => {
    const { result, error } = await play({ source: 'q', answers: { q: ['-'] }, options: { answerTimeoutMs: 10 } });
    expect(result).toEqual(['#@10']);
    expect(isPublishFailed(error)).toBe(true);
  });

  it('is the error of a single watch after its end, which is published first', async () => {
    const { sent, result } = await play({ source: 'q-r-C|', answers: { q: ['-'] }, options: { answerTimeoutMs: 10 } });
    expect(sent).toEqual(['q@0', 'r@10', 'C@12']);
    expect(result).toEqual(['r@12', 'C@14', '#@14']);
  });

  it('lets the loss of the watch be published behind it, and is the error all the same', async () => {
    const loss = new RushesError('DEADLINE', 'too late', { task: { provider: 'test', id: 'task_1' } });
    const script = { source: 'q-#', error: loss, answers: { q: ['-'] }, options: { answerTimeoutMs: 10 } };
    const { events, result, error } = await play(script);
    expect(events.map(({ type }) => type)).toEqual(['rushes.task.queued', 'rushes.task.lost']);
    expect(result).toEqual(['#@12']);
    expect(isPublishFailed(error)).toBe(true);
  });

  it('waits as long as it does by default for options that are not there', async () => {
    const options = { answerTimeoutMs: undefined, concurrency: undefined, retry: { giveUpAfterMs: undefined } };
    const { result } = await play({ source: 'q|', answers: { q: ['-----a'] }, options: options as object });
    expect(result).toEqual(['q@5', '|@5']);
  });

  it.each([['--------------a'], ['--------------r']])(
    'is not heard any more when it is answered late: %s',
    async (late) => {
      const answers = { a: [late] };
      const played = await play({ source: 'a|', values: many, answers, options: { answerTimeoutMs: 10 } });
      expect([played.sent, played.result]).toEqual([['a@0'], ['P@10', '|@10']]);
    },
  );

  it.each(['a', 'r', 'n'])('changes nothing by its late answer while others go on: %s', async (late) => {
    const answers = { a: [`--------------${late}`], b: ['--------a'] };
    const options = { answerTimeoutMs: 10, retry: fast };
    const played = await play({ source: '(ab)--------x-c---|', values: many, answers, options });
    expect(played.sent).toEqual(['a@0', 'b@10', 'x@12', 'c@18']);
    expect(played.result).toEqual(['P@10', 'x@14', 'b@18', 'c@20', '|@20']);
    expect(played.most.ofOneTask).toBe(2);
  });

  it('has its own time for each attempt', async () => {
    const answers = { q: ['--------r', '--------r', '--------a'] };
    const options = { answerTimeoutMs: 10, retry: { initialMs: 0 } };
    expect((await play({ source: 'q|', answers, options })).result).toEqual(['q@24', '|@24']);
  });

  it('is waited for as long as it takes where the time is endless', async () => {
    const options = { answerTimeoutMs: Number.POSITIVE_INFINITY };
    const played = await play({ source: 'q|', answers: { q: ['-'] }, options, untilMs: 10_000_000, leavesAt: 500 });
    expect(played).toMatchObject({ result: [], timers: 0 });
    const clock = createClock();
    const publisher = { publish: () => new Promise(() => undefined) };
    of(snapshotOf('queued'))
      .pipe(publishTo(publisher, { ...options, scheduler: clock }))
      .subscribe();
    expect(clock.pending).toBe(0);
  });

  it('does not count the time in which there was no room for it', async () => {
    const options = { answerTimeoutMs: 10, concurrency: 1 };
    const answers = { a: ['--------a'], x: ['--------a'] };
    const played = await play({ source: '(ax)|', values: many, answers, options });
    expect(played.result).toEqual(['a@8', 'x@16', '|@16']);
  });
});

describe('a publisher', () => {
  const end = toCloudEvent(snapshotOf('completed'));

  it.each<[string, Publisher['publish']]>([
    ['nothing', () => undefined as unknown as Promise<void>],
    ['a value', () => 7 as unknown as Promise<void>],
    ['a thenable', () => thenOf(() => (taken: (value: unknown) => void) => taken(undefined))],
  ])('that returns %s has acknowledged', async (_, publish) => {
    expect(await outcome(publish)).toEqual(snapshotOf('completed'));
  });

  it.each<[string, () => never, string]>([
    [
      'an error',
      () => {
        throw new Error('no connection');
      },
      'no connection',
    ],
    [
      'text',
      () => {
        throw 'no connection';
      },
      'no connection',
    ],
    [
      'nothing',
      () => {
        throw undefined;
      },
      'undefined',
    ],
    [
      'null',
      () => {
        throw null;
      },
      'no message',
    ],
  ])('that throws %s, at once or later, has refused for now', async (_, fail, message) => {
    const thenable = thenOf(fail);
    for (const publish of [fail, async () => fail(), () => thenable]) {
      const error = await outcome(publish, 10_000_000);
      expect(error).toMatchObject({ code: 'PUBLISH_FAILED', retryable: true, event: { id: end.id } });
      expect((error as Error).message).toContain(`the bus did not take it: ${message}`);
    }
  });

  it('is called on itself', async () => {
    class Bus {
      readonly taken: string[] = [];
      async publish({ id }: { id: string }) {
        this.taken.push(id);
      }
    }
    const bus = new Bus();
    await lastValueFrom(of(snapshotOf('completed')).pipe(publishTo(bus)));
    expect(bus.taken).toEqual([end.id]);
  });

  it('tells no secret by what it fails with', async () => {
    const secret = 'sk-canary-0123456789';
    const error = await outcome(async () => {
      const cause = Object.assign(new Error(`NOAUTH for Bearer ${secret}`), { password: secret });
      const failure = new Error(`connect amqp://user:${secret}@bus.example:5672?token=${secret} failed`, { cause });
      throw Object.assign(failure, { options: { password: secret }, code: 'ECONNREFUSED' });
    });
    const { message, stack, cause } = error as Error;
    expect(JSON.stringify([message, stack, cause, error])).not.toContain(secret);
    expect(cause).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('that asks for a pause is given it, at no cost of patience', async () => {
    const pause = new RushesError('RATE_LIMITED', 'slow down', { retryable: true, retryAfterMs: 700_000 });
    const clock = createClock();
    const publish = vi.fn().mockRejectedValueOnce(pause).mockRejectedValueOnce(pause).mockResolvedValue(undefined);
    const done = lastValueFrom(
      of(snapshotOf('queued')).pipe(publishTo({ publish }, { scheduler: clock, random: () => 0 })),
    );
    await clock.advance(1_399_999);
    expect(publish).toHaveBeenCalledTimes(2);
    await clock.advance(1);
    expect(await done).toMatchObject({ status: 'queued' });
  });
});

describe('who is told of retries', () => {
  const onRetry = () => {
    throw new Error('observer');
  };

  it('ends a single watch when it throws, and the event is not lost', async () => {
    const played = await play({ source: 'q-r|', answers: { q: ['-r'] }, options: { onRetry } });
    expect([played.sent, played.result]).toEqual([['q@0'], ['#@1']]);
    expect(isPublishFailed(played.error) && played.error.event).toBe(played.events[0]);
    expect((played.error as Error).message).toContain('observer');
  });

  it('gives up the event alone when it throws, of many', async () => {
    const played = await play({ source: 'a--b-x|', values: many, answers: { a: ['-r'] }, options: { onRetry } });
    expect(played.result).toEqual(['P@1', 'b@5', 'x@7', '|@7']);
    expect(played.timers).toBe(0);
  });

  it('is called with the event that was refused, an error of ours and the wait', async () => {
    const told: unknown[] = [];
    const options = { onRetry: (...all: unknown[]) => void told.push(...all), retry: fast };
    const { events } = await play({ source: 'q|', answers: { q: ['-r', '-a'] }, options });
    expect(told).toEqual([events[0], expect.objectContaining({ code: 'UNAVAILABLE', retryable: true }), 4]);
    expect(isRushesError(told[1])).toBe(true);
  });
});

describe('what publishTo is given', () => {
  const bus: Publisher = { publish: async () => undefined };
  const anything = (value: unknown) => value as never;

  it.each<[string, () => unknown]>([
    [
      'publishTo(publisher): expected a Publisher, such as natsPublisher(js, { subject }), received undefined',
      () => publishTo(anything(undefined)),
    ],
    [
      'publishTo(publisher): expected a Publisher, such as natsPublisher(js, { subject }), received an object',
      () => publishTo(anything({ publish: true })),
    ],
    ['publishTo: expected an object, received null', () => publishTo(bus, anything(null))],
    [
      'publishTo: expected no other options than retry, concurrency, answerTimeoutMs, onRetry, scheduler, random, received "retries"',
      () => publishTo(bus, anything({ retries: 3 })),
    ],
    [
      'publishTo.concurrency: expected a number, 1 or more, or Infinity, received 0',
      () => publishTo(bus, { concurrency: 0 }),
    ],
    [
      'publishTo.concurrency: expected a number, 1 or more, or Infinity, received 0.5',
      () => publishTo(bus, { concurrency: 0.5 }),
    ],
    [
      'publishTo.concurrency: expected a number, 1 or more, or Infinity, received NaN',
      () => publishTo(bus, { concurrency: Number.NaN }),
    ],
    [
      'publishTo.concurrency: expected a number, 1 or more, or Infinity, received "4"',
      () => publishTo(bus, anything({ concurrency: '4' })),
    ],
    [
      'publishTo.answerTimeoutMs: expected milliseconds: a finite number, 0 or more, received -1',
      () => publishTo(bus, { answerTimeoutMs: -1 }),
    ],
    [
      'retry.initialMs: expected milliseconds: a finite number, 0 or more, received -1',
      () => publishTo(bus, { retry: { initialMs: -1 } }),
    ],
    ['publishTo.onRetry: expected a function, received true', () => publishTo(bus, anything({ onRetry: true }))],
    ['publishTo.random: expected a function, received 4', () => publishTo(bus, anything({ random: 4 }))],
    [
      'publishTo.answerTimeoutMs: expected more than 0 milliseconds, received 0',
      () => publishTo(bus, { answerTimeoutMs: 0 }),
    ],
    [
      'publishTo.scheduler: expected an RxJS scheduler, received "async"',
      () => publishTo(bus, anything({ scheduler: 'async' })),
    ],
  ])('is refused at the call: %s', (message, call) => {
    expect(call).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT', message }));
  });

  const one = snapshotOf('queued', { task });
  const other = { ...task, id: 'task_2' };
  it.each<[string, unknown]>([
    ['null', null],
    ['a number', 5],
    ['nothing', {}],
    ['a task', task],
    ['a snapshot without a task', { status: 'queued', providerStatus: '' }],
    ['a snapshot of an unknown status', { ...one, status: 'done' }],
    ['a snapshot of a task that can have no address', { ...one, task: { provider: 'test', id: 'a\r\nPUB x 0' } }],
    ['an event without a snapshot', { kind: 'snapshot', task }],
    ['an event that speaks of two tasks', { kind: 'snapshot', task: other, snapshot: one }],
    ['an event with half a snapshot', { kind: 'snapshot', task, snapshot: { status: 'queued' } }],
    ['a loss without an error', { kind: 'lost', task }],
    ['a loss with a foreign error', { kind: 'lost', task, error: new Error('x') }],
  ])('is INVALID_ARGUMENT as the error where a value is %s, once the others are acknowledged', async (_, value) => {
    const passed: Snapshot[] = [];
    const failure = await lastValueFrom(of(one, anything(value)).pipe(publishTo(bus))).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect((failure as Error).message).toMatch(/^publishTo\(source\): expected snapshots or task events, received /);
    await new Promise<void>((resolve) =>
      of(one, anything(value))
        .pipe(publishTo(bus))
        .subscribe({ next: (s) => passed.push(s), error: () => resolve() }),
    );
    expect(passed).toEqual([one]);
  });

  it('is passed on unpublished where it names no task that has an address', async () => {
    const error = new RushesError('INVALID_ARGUMENT', 'task.id: expected 1-512 characters');
    const L = { kind: 'lost', task: { provider: '', id: '' }, error } as TaskEvent;
    const published: unknown[] = [];
    const values = await lastValueFrom(of(L).pipe(publishTo({ publish: async (event) => published.push(event) })));
    expect([values, published]).toEqual([L, []]);
  });
});
