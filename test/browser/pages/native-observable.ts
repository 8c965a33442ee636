import { from, Observable, Subject } from 'rxjs';
import { createClient, type Snapshot, shareByTask, type TaskRef } from '../../../src/index.js';
import { iterate } from '../../../src/streams/index.js';

/** As much as these tests need of the browser's own Observable. */
interface Native<T> {
  subscribe(
    observer: { next?(value: T): void; error?(error: unknown): void; complete?(): void },
    options?: {
      readonly signal?: AbortSignal;
    },
  ): void;
  takeUntil(notifier: Native<unknown>): Native<T>;
  map<R>(mapper: (value: T) => R): Native<R>;
  toArray(): Promise<T[]>;
}
interface NativeSubscriber<T> {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
  addTeardown(teardown: () => void): void;
}
interface NativeConstructor {
  new <T>(subscribe: (subscriber: NativeSubscriber<T>) => void): Native<T>;
  from<T>(items: AsyncIterable<T>): Native<T>;
}

const { Observable: NativeObservable } = window as unknown as { Observable: NativeConstructor };

const task: TaskRef = { provider: 'bus', id: 'task_1' };
const said = (status: string, progress: number) =>
  Object.freeze({ task, status, providerStatus: status, progress }) as Snapshot;

function fromNative<T>(native: Native<T>): Observable<T> {
  return new Observable((subscriber) => {
    const left = new AbortController();
    // A browser calls these without a `this`, which the methods of a Subscriber need.
    const observer = {
      next: (value: T) => subscriber.next(value),
      error: (error: unknown) => subscriber.error(error),
      complete: () => subscriber.complete(),
    };
    native.subscribe(observer, { signal: left.signal });
    return () => left.abort();
  });
}

/** A source of ours, and whether it was left. */
function upstream() {
  const subject = new Subject<Snapshot>();
  const counts = { subscribed: 0, left: 0 };
  const client = createClient(
    () =>
      new Observable<Snapshot>((to) => {
        counts.subscribed++;
        const inner = subject.subscribe(to);
        return () => {
          counts.left++;
          inner.unsubscribe();
        };
      }),
  );
  return { subject, counts, native: NativeObservable.from(iterate(client.watch(task))) };
}

const turn = () => new Promise((resolve) => setTimeout(resolve));

const scenes = {
  async ends() {
    const { subject, counts, native } = upstream();
    const before = { ...counts };
    const heard = native.map(({ status, progress }) => `${status} ${progress}`).toArray();
    await turn();
    for (const [status, progress] of [
      ['queued', 0],
      ['in_progress', 50],
      ['completed', 100],
    ] as const) {
      subject.next(said(status, progress));
      await turn();
    }
    return { before, heard: await heard, counts };
  },

  async fails() {
    const { subject, native } = upstream();
    const heard: unknown[] = [];
    native.subscribe({
      next: ({ status }) => heard.push(status),
      error: (error) => heard.push((error as { code: string }).code),
    });
    await turn();
    subject.next(said('queued', 0));
    subject.error(new Error('gone'));
    await turn();
    return heard;
  },

  async aborted() {
    const { subject, counts, native } = upstream();
    const heard: string[] = [];
    const left = new AbortController();
    native.subscribe({ next: ({ status }) => heard.push(status) }, { signal: left.signal });
    await turn();
    subject.next(said('queued', 0));
    await turn();
    left.abort();
    await turn();
    const atAbort = { ...counts };
    subject.next(said('completed', 100));
    await turn();
    return { heard, atAbort };
  },

  async takenUntil() {
    const { subject, counts, native } = upstream();
    const heard: string[] = [];
    const clicks = new EventTarget() as EventTarget & { when(type: string): Native<Event> };
    native.takeUntil(clicks.when('click')).subscribe({
      next: ({ status }) => heard.push(status),
      complete: () => heard.push('complete'),
    });
    await turn();
    subject.next(said('queued', 0));
    await turn();
    clicks.dispatchEvent(new Event('click'));
    await turn();
    return { heard, counts };
  },

  async unbridged() {
    const native = new NativeObservable<number>((subscriber) => subscriber.next(1));
    try {
      return from(native as never);
    } catch (error) {
      return (error as Error).name;
    }
  },

  async watched() {
    const counts = { subscribed: 0, left: 0 };
    let speaker: NativeSubscriber<Snapshot> | undefined;
    const native = new NativeObservable<Snapshot>((subscriber) => {
      counts.subscribed++;
      speaker = subscriber;
      subscriber.addTeardown(() => counts.left++);
    });
    const shared = shareByTask(() => fromNative(native));
    const heard: string[] = [];
    const hear = (who: string) =>
      shared(task).subscribe({
        next: ({ status }) => heard.push(`${who} ${status}`),
        complete: () => heard.push(`${who} complete`),
      });
    const first = hear('first');
    const second = hear('second');
    speaker?.next(said('queued', 0));
    first.unsubscribe();
    speaker?.next(said('completed', 100));
    second.unsubscribe();
    const third = hear('third');
    const ofThird = { ...counts };
    third.unsubscribe();
    return { heard, ofThird, counts };
  },
};

Object.assign(window, { scenes });
document.body.append('ready');
