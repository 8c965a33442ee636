import { Observable, of, Subject, take } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { describe, expect, it } from 'vitest';
import { RushesError, type Snapshot, type SnapshotSource, shareByTask, type TaskRef } from '../../src/index.js';
import { ref } from './scripted.js';
import { held } from './stage.js';
import { Viewer } from './viewer.js';

const other: TaskRef = { provider: 'cometapi', id: 'task_2' };
const values = {
  q: held('queued'),
  r: held('in_progress', { progress: 10 }),
  s: held('in_progress', { progress: 20 }),
  C: held('completed', { videoUrl: 'https://cdn.test/v.mp4' }),
  F: held('failed', { error: { message: 'no' } }),
};
const { q, r, s, C } = values;
const lost = (lastSnapshot?: Snapshot) =>
  new RushesError('UNAVAILABLE', 'the bus is gone', { task: ref, lastSnapshot, retryable: true });
const ended = (lastSnapshot?: Snapshot) =>
  new RushesError('SOURCE_ENDED', 'the source ended before the task did', { task: ref, lastSnapshot, retryable: true });

const marbles = (test: (run: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void) =>
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);

describe('one subscription to the source of a task', () => {
  it('serves all who watch it, from the first to the last', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('  --q--r--s--C--s', values);
      const shared = shareByTask(() => source);
      expectObservable(shared(ref)).toBe('      --q--r--s--(C|)', values);
      expectObservable(shared(ref), '---^').toBe('---q-r--s--(C|)', values);
      expectSubscriptions(source.subscriptions).toBe('^----------!');
    });
  });

  it('ends when the last has left, and starts anew for the next', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--q--r--s--(C|)', values);
      const shared = shareByTask(() => source);
      expectObservable(shared(ref), '^--!            ').toBe('--q-', values);
      expectObservable(shared(ref), '-^----!         ').toBe('--q--r-', values);
      expectObservable(shared(ref), '--------^-------').toBe('----------q--r--s--(C|)', values);
      expectSubscriptions(source.subscriptions).toBe(['^-----!', '--------^----------!']);
    });
  });

  it('is another one after an error, which all have heard', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('--q--#', values, new Error('the bus is gone'));
      const shared = shareByTask(() => source);
      const error = { code: 'UNAVAILABLE', task: ref, retryable: true };
      const told = '--q--#';
      expectObservable(shared(ref)).toBe(told, values, expect.objectContaining(error));
      expectObservable(shared(ref), '---^').toBe('---q-#', values, expect.objectContaining(error));
      expectObservable(shared(ref), '-------^').toBe('---------q--#', values, expect.objectContaining(error));
      expectSubscriptions(source.subscriptions).toBe(['^----!', '-------^----!']);
    });
  });

  it('is another one after the end', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-C--s', values);
      const shared = shareByTask(() => source);
      expectObservable(shared(ref)).toBe('-(C|)', values);
      expectObservable(shared(ref), '---^').toBe('----(C|)', values);
      expectSubscriptions(source.subscriptions).toBe(['^!', '---^!']);
    });
  });

  it('is another one for another task', () => {
    marbles(({ cold, expectObservable, expectSubscriptions }) => {
      const otherValues = { r: { ...values.r, task: other } };
      const [first, second] = [cold('-q--(C|)', values), cold('--r#', otherValues)];
      const shared = shareByTask(({ id }) => (id === ref.id ? first : second));
      expectObservable(shared(ref)).toBe('-q--(C|)', values);
      expectObservable(shared(other)).toBe('--r#', otherValues, expect.objectContaining({ task: other }));
      expectSubscriptions(first.subscriptions).toBe('^---!');
      expectSubscriptions(second.subscriptions).toBe('^--!');
    });
  });

  it('is one more for the same id at another provider', () => {
    const asked: TaskRef[] = [];
    const shared = shareByTask((task) => {
      asked.push(task);
      return new Subject();
    });
    for (const provider of ['a', 'b', 'a']) new Viewer(shared({ provider, id: 'x' }));
    expect(asked.map(({ provider }) => provider)).toEqual(['a', 'b']);
  });
});

describe('the law, for any source', () => {
  it('drops repeats and whatever follows the end', () => {
    marbles(({ hot, expectObservable, expectSubscriptions }) => {
      const source = hot('-q-q-r-q-q-F-C-q', values);
      expectObservable(shareByTask(() => source)(ref)).toBe('-q---r-q---(F|)', values);
      expectSubscriptions(source.subscriptions).toBe('^----------!');
    });
  });

  it('makes an early end the error SOURCE_ENDED', () => {
    marbles(({ cold, expectObservable }) => {
      expectObservable(shareByTask(() => cold('-q-|', values))(ref)).toBe('-q-#', values, ended(q));
      expectObservable(shareByTask(() => cold('|'))(ref)).toBe('#', values, ended());
    });
  });

  it('names the task and what was last known in every error', () => {
    const errors = [new Error('the bus is gone'), lost(), new RushesError('NOT_FOUND', 'no', { task: other })];
    const heard = errors.map((error) => {
      const source = new Subject<Snapshot>();
      const viewer = new Viewer(shareByTask(() => source)(ref));
      source.next(q);
      source.error(error);
      return viewer.error;
    });
    expect(heard).toMatchObject([
      { code: 'UNAVAILABLE', message: 'the source of the task failed: the bus is gone', task: ref, lastSnapshot: q },
      { code: 'UNAVAILABLE', message: 'the bus is gone', task: ref, lastSnapshot: q },
      { code: 'NOT_FOUND', task: other, lastSnapshot: q },
    ]);
  });

  it('makes a source that throws when it is called an error, and forgets it', () => {
    let calls = 0;
    const shared = shareByTask(() => {
      if (calls++ === 0) throw new TypeError('no connection');
      return of(C);
    });
    expect(new Viewer(shared(ref)).error).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'the source of the task failed: no connection',
      task: ref,
    });
    expect(new Viewer(shared(ref)).heard).toEqual([C]);
  });

  it('lets go of a source that never stops talking', () => {
    let said = 0;
    const endless: SnapshotSource = () =>
      new Observable((to) => {
        while (!to.closed && said < 1_000) to.next(held('in_progress', { progress: said++ }));
      });
    const heard: Snapshot[] = [];
    shareByTask(endless)(ref)
      .pipe(take(1))
      .subscribe((snapshot) => heard.push(snapshot));
    expect([heard.length, said]).toEqual([1, 1]);
  });

  it('hears the end inside subscribe', () => {
    const viewer = new Viewer(shareByTask(() => of(q, r, C, s))(ref));
    expect([viewer.heard, viewer.end]).toEqual([[q, r, C], 'complete']);
  });
});

describe('what is known', () => {
  it('is heard first, and passed on to the source', () => {
    let passed: unknown;
    const source = new Subject<Snapshot>();
    const shared = shareByTask((task, known) => {
      passed = [task, known];
      return source;
    });
    const viewer = new Viewer(shared(ref, q));
    expect([viewer.heard, passed]).toEqual([[q], [ref, q]]);
    source.next(held('queued'));
    source.next(r);
    expect(viewer.heard).toEqual([q, r]);
  });

  it('is told to those who came before and have heard nothing yet', () => {
    const shared = shareByTask(() => new Subject<Snapshot>());
    const first = new Viewer(shared(ref));
    const second = new Viewer(shared(ref, q));
    expect([first.heard, second.heard]).toEqual([[q], [q]]);
  });

  it('gives way to what has been heard already', () => {
    const source = new Subject<Snapshot>();
    const shared = shareByTask(() => source);
    const first = new Viewer(shared(ref));
    source.next(r);
    const second = new Viewer(shared(ref, q));
    expect([first.heard, second.heard]).toEqual([[r], [r]]);
  });

  it('is all there is when it is terminal: nobody is asked, nobody else is told', () => {
    let calls = 0;
    const shared = shareByTask(() => {
      calls++;
      return new Subject();
    });
    const viewer = new Viewer(shared(ref, C));
    expect([viewer.heard, viewer.end, calls]).toEqual([[C], 'complete', 0]);
    const watching = new Viewer(shared(ref));
    expect(new Viewer(shared(ref, C)).end).toBe('complete');
    expect([watching.heard, watching.end, calls]).toEqual([[], undefined, 1]);
  });

  it('subscribes to nothing when whoever hears it leaves at once', () => {
    let calls = 0;
    const shared = shareByTask(() => {
      calls++;
      return new Subject();
    });
    const heard: Snapshot[] = [];
    shared(ref, q)
      .pipe(take(1))
      .subscribe((snapshot) => heard.push(snapshot));
    expect([heard, calls]).toEqual([[q], 0]);
  });
});
