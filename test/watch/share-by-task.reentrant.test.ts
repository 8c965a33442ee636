import { NEVER, Observable, Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RushesError, type Snapshot, shareByTask } from '../../src/index.js';
import { ref } from './scripted.js';
import { held } from './stage.js';
import { Viewer } from './viewer.js';

const [q, r, s] = [held('queued'), held('in_progress', { progress: 10 }), held('in_progress', { progress: 20 })];
const C = held('completed');

/** A told source, and how often it was subscribed to. */
function told() {
  const source = new Subject<Snapshot>();
  let subscribed = 0;
  const shared = shareByTask(() => {
    subscribed++;
    return source;
  });
  return {
    source,
    watch: (onNext?: ConstructorParameters<typeof Viewer>[1]) => new Viewer(shared(ref), onNext),
    subscribed: () => subscribed,
  };
}

describe('a subscriber that acts while it is told', () => {
  it('hears, and lets others hear, everything in one order', () => {
    const { source, watch } = told();
    const first = watch((snapshot) => {
      if (snapshot === q) source.next(r);
      if (snapshot === r) source.next(s);
    });
    const second = watch();
    source.next(q);
    source.next(C);
    expect(first.heard).toEqual([q, r, s, C]);
    expect(second.heard).toEqual([q, r, s, C]);
    expect([first.end, second.end]).toEqual(['complete', 'complete']);
  });

  it('may end the task, and nothing said after that is heard', () => {
    const { source, watch } = told();
    const first = watch((snapshot) => {
      if (snapshot === q) for (const late of [C, r]) source.next(late);
    });
    const second = watch();
    source.next(q);
    expect([first.heard, second.heard]).toEqual([
      [q, C],
      [q, C],
    ]);
    expect(source.observed).toBe(false);
  });

  it('may fail the source: all hear the news first, then the error', () => {
    const { source, watch } = told();
    const first = watch((snapshot) => snapshot === q && source.error(new RushesError('STALLED', 'enough')));
    const second = watch();
    source.next(q);
    for (const { heard, error, afterEnd } of [first, second]) {
      expect([heard, afterEnd]).toEqual([[q], 0]);
      expect(error).toMatchObject({ code: 'STALLED', task: ref, lastSnapshot: q });
    }
  });

  it('may watch again: the newcomer hears what is being told, once', () => {
    const { source, watch, subscribed } = told();
    const newcomers: Viewer[] = [];
    const first = watch((snapshot) => snapshot === q && newcomers.push(watch()));
    const second = watch();
    source.next(q);
    source.next(r);
    for (const { heard } of [first, second, ...newcomers]) expect(heard).toEqual([q, r]);
    expect([newcomers.length, subscribed()]).toEqual([1, 1]);
  });

  it('may watch again between two pieces of news: the newcomer hears the one that is being told, then the other', () => {
    const { source, watch } = told();
    const newcomers: Viewer[] = [];
    watch((snapshot) => {
      if (snapshot !== q) return;
      source.next(r);
      newcomers.push(watch());
    });
    source.next(q);
    expect(newcomers[0]?.heard).toEqual([q, r]);
  });

  it('may watch again on hearing the end, and starts a new watch', () => {
    const { source, watch, subscribed } = told();
    const newcomers: Viewer[] = [];
    const first = watch((snapshot) => snapshot === C && newcomers.push(watch()));
    source.next(C);
    expect([first.end, newcomers[0]?.heard, newcomers[0]?.end, subscribed()]).toEqual(['complete', [], undefined, 2]);
    const another = watch();
    expect(subscribed()).toBe(2);
    newcomers[0]?.leave();
    another.leave();
    expect(source.observed).toBe(false);
  });

  it('may leave: it hears no more, the others do', () => {
    const { source, watch } = told();
    const first = watch((snapshot, viewer) => snapshot === q && viewer.leave());
    const second = watch();
    source.next(q);
    source.next(r);
    expect([first.heard, second.heard]).toEqual([[q], [q, r]]);
    second.leave();
    expect(source.observed).toBe(false);
  });

  it('may make another leave before that one is told', () => {
    const { source, watch } = told();
    const viewers: Viewer[] = [];
    viewers.push(watch(() => viewers[1]?.leave()));
    viewers.push(watch());
    source.next(q);
    expect(viewers.map(({ heard }) => heard)).toEqual([[q], []]);
  });

  it('may leave as the last and come back at once', () => {
    const { source, watch, subscribed } = told();
    const back: Viewer[] = [];
    watch((snapshot, viewer) => {
      if (snapshot !== q) return;
      viewer.leave();
      back.push(watch());
    });
    source.next(q);
    expect([back[0]?.heard, subscribed()]).toEqual([[], 2]);
    source.next(r);
    expect(back[0]?.heard).toEqual([r]);
  });
});

describe('a subscriber that is closed before it is served', () => {
  it('starts nothing, and disturbs nobody', () => {
    const { source, watch, subscribed } = told();
    new Viewer(NEVER.pipe(take(0)));
    const shared = shareByTask(() => source);
    const closed = new Observable<Snapshot>((to) => {
      to.complete();
      shared(ref).subscribe(to);
    });
    expect(new Viewer(closed).end).toBe('complete');
    expect([source.observed, subscribed()]).toEqual([false, 0]);
    const staying = watch();
    source.next(q);
    expect(staying.heard).toEqual([q]);
  });
});

describe('a source that goes on after it was left', () => {
  it('is not heard by those who come next', () => {
    const listeners: ((snapshot: Snapshot) => void)[] = [];
    const shared = shareByTask(
      () =>
        new Observable((to) => {
          listeners.push((snapshot) => to.next(snapshot));
        }),
    );
    const first = new Viewer(shared(ref));
    listeners[0]?.(q);
    first.leave();
    const second = new Viewer(shared(ref));
    listeners[0]?.(r);
    listeners[1]?.(s);
    expect([first.heard, second.heard]).toEqual([[q], [s]]);
  });
});
