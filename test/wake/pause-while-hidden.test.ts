import { Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { pauseWhileHidden } from '../../src/browser.js';
import { type Backend, createClient, type Snapshot, type SnapshotSource } from '../../src/index.js';
import { snapshotOf } from '../../src/testing/index.js';
import { Viewer } from '../watch/viewer.js';
import { fakePage, withoutPageAfterwards } from './fake-page.js';

withoutPageAfterwards();

const task = { provider: 'test', id: 'task_1' } as const;

function stage() {
  const news = new Subject<Snapshot>();
  const starts: unknown[] = [];
  const source: SnapshotSource = (_, known) =>
    new Observable((subscriber) => {
      starts.push(known?.status);
      return news.subscribe(subscriber);
    });
  const watch = (known?: Snapshot) => new Viewer(pauseWhileHidden()(source).watch(task, known));
  return { news, starts, watch, say: (status: Snapshot['status']) => news.next(snapshotOf(status, { task })) };
}

const told = ({ heard }: Viewer) => heard.map(({ status }) => status).join(' ');

describe('pauseWhileHidden', () => {
  it('leaves the source while the page is hidden, and goes on from what is known', () => {
    const page = fakePage();
    const { news, starts, watch, say } = stage();
    const viewer = watch(snapshotOf('queued', { task }));
    say('in_progress');
    page.show('hidden');
    expect(news.observed).toBe(false);
    say('completed');
    page.show('visible');
    expect(starts).toEqual(['queued', 'in_progress']);
    expect([told(viewer), viewer.end]).toEqual(['in_progress', undefined]);
    say('completed');
    news.complete();
    expect([told(viewer), viewer.end]).toEqual(['in_progress completed', 'complete']);
    expect(page.listeners).toBe(0);
  });

  it('begins when a page that was opened behind others is first seen', () => {
    const page = fakePage();
    page.document.visibilityState = 'hidden';
    const { starts, watch } = stage();
    const viewer = watch();
    expect(starts).toEqual([]);
    page.show('visible');
    page.show('visible');
    expect(starts).toEqual([undefined]);
    viewer.leave();
    expect(page.listeners).toBe(0);
  });

  it('never pauses where there is no page', () => {
    const { news, watch, say } = stage();
    const viewer = watch();
    say('in_progress');
    expect(told(viewer)).toBe('in_progress');
    viewer.leave();
    expect(news.observed).toBe(false);
  });

  it('passes on how the source ends', () => {
    fakePage();
    const trouble = new Error('gone');
    const watch = (source: SnapshotSource) => new Viewer(pauseWhileHidden()(source).watch(task));
    expect(watch(() => throwError(() => trouble)).error).toBe(trouble);
    expect(watch(() => of()).end).toBe('complete');
    const client = createClient(pauseWhileHidden()(() => of(snapshotOf('queued', { task }))));
    expect(new Viewer(client.watch(task)).error).toMatchObject({ code: 'SOURCE_ENDED' });
  });

  it('passes on everything but watches', () => {
    const backend: Backend = { watch: () => of(), cancel: async () => 'cancelled' };
    expect(pauseWhileHidden()(backend)).toEqual({ ...backend, watch: expect.any(Function) });
    expect(() => pauseWhileHidden()({} as Backend)).toThrow(/pauseWhileHidden: expected a backend with a watch/);
  });
});
