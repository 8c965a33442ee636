import { concat, defer, NEVER, Observable, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { RushesError, type SnapshotSource } from '../../src/index.js';
import { tabName } from '../../src/tabs/tab-message.js';
import { snapshotOf } from '../../src/testing/index.js';
import { intervalMs, tabStage, task } from './tab-stage.js';

const name = tabName('user', task);
const statuses = ({ heard }: { heard: readonly { status: string }[] }) => heard.map(({ status }) => status);

/** What the tab that asks would say. */
const told = (more: object) =>
  JSON.stringify({ rushes: 1, task, from: 'f'.repeat(32), kind: 'tell', isNew: false, isOld: false, ...more });
const news = (status: Parameters<typeof snapshotOf>[0]) => ({
  kind: 'snapshot',
  task,
  snapshot: snapshotOf(status, { task }),
});

describe('tabs that watch one task', () => {
  it('are ten, of which one asks, and each hears all', async () => {
    const stage = tabStage();
    const viewers = Array.from({ length: 10 }, () => stage.open().watch());
    await stage.clock.advance(20_000);
    expect(stage.pollers).toBe(1);
    expect(stage.asked).toBe(10);
    for (const viewer of viewers) expect(viewer.heard).toEqual(viewers[0]?.heard);
    stage.end();
    await stage.clock.advance(3_000);
    for (const viewer of viewers) expect([viewer.end, viewer.last?.status]).toEqual(['complete', 'completed']);
    expect(stage.asked).toBe(11);
    expect([stage.browser.busy, stage.clock.pending]).toEqual([0, 0]);
  });

  it('hear how it stands as soon as they come', async () => {
    const stage = tabStage();
    const first = stage.open().watch();
    await stage.clock.advance(10_500);
    const late = stage.open().watch();
    await stage.clock.advance(10);
    expect(late.heard).toEqual([first.last]);
    expect(stage.pollers).toBe(1);
  });

  it('leave nothing behind when they leave', async () => {
    const stage = tabStage();
    const viewers = [1, 2, 3].map(() => stage.open().watch());
    await stage.clock.advance(7_000);
    viewers[1]?.leave();
    expect([stage.browser.queues.get(name)?.length, stage.browser.channels.get(name)?.size]).toEqual([1, 2]);
    for (const viewer of viewers) viewer.leave();
    await stage.clock.advance(10);
    expect([stage.browser.busy, stage.clock.pending, stage.pollers]).toEqual([0, 0, 0]);
  });

  it('may leave before they hold or hear anything', async () => {
    const stage = tabStage();
    for (const waitMs of [0, 1, 2, 3, 50]) {
      const viewer = stage.open().watch();
      await stage.clock.advance(waitMs);
      viewer.leave();
    }
    await stage.clock.advance(100);
    expect([stage.browser.busy, stage.clock.pending]).toEqual([0, 0]);
  });

  it.each(['leaves', 'crashes'] as const)('go on at once when the one that asks %s', async (how) => {
    const stage = tabStage();
    const first = stage.open();
    const viewer = first.watch();
    await stage.clock.advance(10);
    const other = stage.open().watch();
    await stage.clock.advance(4_000);
    if (how === 'leaves') viewer.leave();
    else first.tab.crash();
    const before = stage.asked;
    await stage.clock.advance(200);
    expect([stage.pollers, stage.asked]).toEqual([1, before + 1]);
    stage.end();
    await stage.clock.advance(2_100);
    expect(other.end).toBe('complete');
  });

  it('replace one that is frozen within two intervals, each seed another one, and one asks', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const stage = tabStage({ seed });
      const tabs = Array.from({ length: 10 }, () => stage.open());
      const viewers = tabs.map((tab) => tab.watch());
      await stage.clock.advance(11_000 + 250 * seed);
      const frozen = stage.leader;
      frozen?.tab.freeze();
      expect(stage.pollers).toBe(0);
      await stage.clock.advance(2 * intervalMs);
      expect(stage.pollers).toBe(1);
      const asked = stage.asked;
      await stage.clock.advance(10_000);
      expect(stage.asked - asked).toBe(5);
      stage.end();
      await stage.clock.advance(2_100);
      for (const [i, viewer] of viewers.entries()) expect(viewer.end).toBe(tabs[i] === frozen ? undefined : 'complete');
    }
  });

  it.each([
    ['timer', 'message', 'lock'],
    ['message', 'timer', 'lock'],
    ['lock', 'timer', 'message'],
  ] as const)('hear no old news from one that comes back, whatever it does first: %s, %s, %s', async (...order) => {
    const stage = tabStage();
    const first = stage.open();
    const viewer = first.watch();
    const other = stage.open().watch();
    await stage.clock.advance(10_020);
    expect(first.isPolling()).toBe(true);
    // An answer is on its way to it, which says 10 %.
    first.tab.freeze();
    await stage.clock.advance(30_000);
    const said = stage.browser.said.length;
    first.tab.resume(order);
    const spoken = stage.browser.said.slice(said).map((text) => JSON.parse(text));
    expect(spoken.map(({ kind }) => kind)).toContain('ask');
    expect(spoken.filter(({ event }) => event)).toEqual([]);
    const since = stage.browser.said.length;
    await stage.clock.advance(2 * intervalMs);
    const tellers = stage.browser.said.slice(since).map((text) => JSON.parse(text).from);
    expect(new Set(tellers).size).toBe(1);
    for (const { heard } of [viewer, other]) {
      const progress = heard.map((snapshot) => snapshot.progress ?? 0);
      expect(progress).toEqual([...progress].sort((a, b) => a - b));
    }
    expect([stage.pollers, first.isPolling()]).toEqual([1, false]);
  });

  it('listen to whoever robs them, and steal back from one that is silent', async () => {
    const stage = tabStage();
    const [first, second] = [stage.open(), stage.open()];
    first.watch();
    const viewer = second.watch();
    await stage.clock.advance(4_000);
    first.tab.freeze();
    await stage.clock.advance(2 * intervalMs);
    expect(second.isPolling()).toBe(true);
    const thief = stage.browser.tab();
    const held = () => new Promise<void>(() => {});
    const ignored = () => {};
    stage.browser.request(name, { tab: thief, held, resolve: ignored, reject: ignored }, { steal: true });
    await stage.clock.advance(10);
    expect(stage.pollers).toBe(0);
    stage.browser.say(name, told({ event: news('queued') }));
    await stage.clock.advance(10);
    expect(viewer.last?.status).toBe('queued');
    await stage.clock.advance(2 * intervalMs);
    expect(stage.browser.holders.get(name)?.tab).toBe(second.tab);
    expect(second.isPolling()).toBe(true);
  });

  it('ask no more when the lock is there before the end', async () => {
    const stage = tabStage({ latencyMs: (kind) => (kind === 'message' ? 60 : 0) });
    const viewers = [1, 2, 3].map(() => stage.open().watch());
    await stage.clock.advance(4_100);
    const { asked } = stage;
    stage.end();
    await stage.clock.advance(2_500);
    for (const viewer of viewers) expect(viewer.end).toBe('complete');
    expect(stage.asked - asked).toBe(1);
  });

  it('do not take over with a lock that they got while they were frozen', async () => {
    const stage = tabStage();
    const [first, second] = [stage.open(), stage.open()];
    const leaving = first.watch();
    second.watch();
    await stage.clock.advance(1_000);
    stage.open().watch();
    await stage.clock.advance(1_000);
    second.tab.freeze();
    leaving.leave();
    await stage.clock.advance(4 * intervalMs);
    expect(stage.pollers).toBe(1);
    const said = stage.browser.said.length;
    second.tab.resume(['lock', 'message', 'timer']);
    await stage.clock.advance(0);
    const spoken = stage.browser.said.slice(said).map((text) => JSON.parse(text));
    expect(spoken.filter(({ isNew }) => isNew)).toEqual([]);
    expect([stage.pollers, second.isPolling()]).toEqual([1, false]);
  });

  it('lead at once with a lock that comes late, but while they are still patient, each seed another time', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const stage = tabStage({ seed });
      const [first, second] = [stage.open(), stage.open()];
      first.watch();
      second.watch();
      await stage.clock.advance(8_300);
      first.tab.freeze();
      await stage.clock.advance(1.7 * intervalMs);
      const said = stage.browser.said.length;
      first.tab.crash();
      await stage.clock.advance(200);
      const spoken = stage.browser.said.slice(said).map((text) => JSON.parse(text));
      expect([second.isPolling(), spoken.filter(({ kind }) => kind === 'ask')]).toEqual([true, []]);
    }
  });

  it('only ask when they run again after they were frozen for just long enough to be replaced', async () => {
    const stage = tabStage();
    const [first, second] = [stage.open(), stage.open()];
    first.watch();
    second.watch();
    await stage.clock.advance(2 * intervalMs + 100);
    first.tab.freeze();
    await stage.clock.advance(2.2 * intervalMs);
    expect(second.isPolling()).toBe(true);
    const said = stage.browser.said.length;
    first.tab.resume();
    const spoken = stage.browser.said.slice(said).map((text) => JSON.parse(text));
    expect(spoken.map(({ kind }) => kind)).toEqual(['ask']);
  });

  it('tell the end even when it was heard before a sleep', async () => {
    const stage = tabStage();
    const first = stage.open();
    const viewers = [first.watch(), stage.open().watch()];
    await stage.clock.advance(7_990);
    stage.end();
    await stage.clock.advance(20);
    first.tab.freeze();
    await stage.clock.advance(intervalMs);
    stage.end(snapshotOf('in_progress', { task, progress: 99 }));
    await stage.clock.advance(2 * intervalMs);
    first.tab.resume();
    await stage.clock.advance(100);
    for (const viewer of viewers) expect([viewer.last?.status, viewer.end]).toEqual(['completed', 'complete']);
  });

  it('let go of everything when the browser puts the page away, and come back', async () => {
    const stage = tabStage();
    const only = stage.open();
    const viewer = only.watch();
    await stage.clock.advance(4_000);
    only.tab.life.next('suspended');
    await stage.clock.advance(10);
    expect([stage.browser.busy, stage.clock.pending, stage.pollers]).toEqual([0, 0, 0]);
    only.tab.life.next('resumed');
    stage.end();
    await stage.clock.advance(100);
    expect(viewer.end).toBe('complete');
    expect(only.tab.life.observed).toBe(false);
  });

  it('take part once, however often the browser says that the page runs again', async () => {
    const stage = tabStage();
    const only = stage.open();
    const viewer = only.watch();
    for (const life of ['resumed', 'suspended', 'resumed', 'resumed'] as const) {
      only.tab.life.next(life);
      await stage.clock.advance(100);
    }
    expect(stage.browser.busy).toBe(2);
    viewer.leave();
    await stage.clock.advance(10);
    expect([stage.browser.busy, stage.clock.pending]).toEqual([0, 0]);
  });

  it('ask each for itself where no lock can be stolen', async () => {
    const stage = tabStage();
    const tabs = Array.from({ length: 3 }, () => stage.open());
    const viewers = tabs.map((tab) => tab.watch());
    await stage.clock.advance(4_000);
    stage.browser.refuses.steal = true;
    tabs[0]?.tab.freeze();
    await stage.clock.advance(2 * intervalMs + 100);
    expect(stage.pollers).toBe(2);
    stage.end();
    await stage.clock.advance(2_100);
    expect(viewers.map(({ end }) => end)).toEqual([undefined, 'complete', 'complete']);
  });

  it('ask each for itself where a robbery is never answered', async () => {
    const stage = tabStage();
    const first = stage.open();
    first.watch();
    const other = stage.open().watch();
    await stage.clock.advance(4_000);
    stage.browser.isDeaf = true;
    first.tab.freeze();
    await stage.clock.advance(4 * intervalMs);
    expect(stage.pollers).toBe(1);
    stage.end();
    await stage.clock.advance(2_100);
    expect([other.end, stage.browser.queues.get(name)]).toEqual(['complete', []]);
  });

  it.each(['locks', 'channels'] as const)('ask each for itself where the browser refuses %s', async (what) => {
    const stage = tabStage();
    stage.browser.refuses[what] = true;
    const known = snapshotOf('queued', { task });
    const viewers = [stage.open().watch(known), stage.open().watch(known)];
    await stage.clock.advance(1_000);
    expect([stage.pollers, stage.browser.busy]).toEqual([2, 0]);
    stage.end();
    await stage.clock.advance(2_000);
    for (const viewer of viewers) {
      expect(statuses(viewer)).toEqual(['queued', 'in_progress', 'completed']);
      expect([viewer.end, viewer.offence]).toEqual(['complete', undefined]);
    }
    expect(stage.clock.pending).toBe(0);
  });

  it('of two scopes do not hear each other', async () => {
    const stage = tabStage();
    stage.open({ scope: 'alice' }).watch();
    stage.open({ scope: 'bob' }).watch();
    await stage.clock.advance(4_000);
    expect(stage.pollers).toBe(2);
    expect([...stage.browser.channels.values()].map(({ size }) => size)).toEqual([1, 1]);
  });

  it('all hear that the watch is lost, with what each knew, and none asks again', async () => {
    const stage = tabStage();
    let subscribed = 0;
    let fail = (_: unknown) => {};
    const source: SnapshotSource = () =>
      new Observable((subscriber) => {
        subscribed++;
        subscriber.next(snapshotOf('in_progress', { task, progress: 40 }));
        fail = (error) => subscriber.error(error);
      });
    const viewers = [1, 2, 3].map(() => stage.open({ source }).watch());
    await stage.clock.advance(1_000);
    fail(new RushesError('NOT_FOUND', 'no such task'));
    await stage.clock.advance(1_000);
    for (const { error, last } of viewers) {
      expect(error).toMatchObject({ code: 'NOT_FOUND', message: 'no such task', task });
      expect((error as RushesError).lastSnapshot).toBe(last);
      expect(last?.progress).toBe(40);
    }
    expect([subscribed, stage.browser.busy, stage.clock.pending]).toEqual([1, 0, 0]);
  });

  it('hear that it is lost also from one that has just taken over, and knows no more than they', async () => {
    const stage = tabStage();
    const first = stage.open({ source: () => new Observable((s) => s.next(snapshotOf('queued', { task }))) });
    const viewer = first.watch();
    await stage.clock.advance(100);
    const gone = new RushesError('NOT_FOUND', 'gone');
    let subscribed = 0;
    const source: SnapshotSource = () =>
      defer(() => {
        subscribed++;
        return throwError(() => gone);
      });
    const others = [1, 2].map(() => stage.open({ source }).watch());
    await stage.clock.advance(100);
    viewer.leave();
    await stage.clock.advance(1_000);
    for (const { error } of others) expect(error).toMatchObject({ code: 'NOT_FOUND' });
    expect(subscribed).toBe(1);
  });

  it('do not tell of trouble that befell them before a sleep', async () => {
    const stage = tabStage();
    let fail = (_: unknown) => {};
    const source: SnapshotSource = () =>
      new Observable((subscriber) => {
        fail = (error) => subscriber.error(error);
      });
    const first = stage.open({ source });
    const viewers = [first.watch(), stage.open().watch()];
    await stage.clock.advance(1_000);
    const failed = fail;
    first.tab.freeze();
    first.tab.run('message', () => failed(new RushesError('UNAVAILABLE', 'no network')));
    await stage.clock.advance(4 * intervalMs);
    first.tab.resume(['message', 'timer', 'lock']);
    await stage.clock.advance(1_000);
    expect(viewers.map(({ end }) => end)).toEqual([undefined, undefined]);
  });

  it('do not rob a healthy one after having slept themselves', async () => {
    const stage = tabStage();
    const [first, second] = [stage.open(), stage.open()];
    first.watch();
    second.watch();
    await stage.clock.advance(1_000);
    second.tab.freeze();
    await stage.clock.advance(6 * intervalMs);
    const { asked } = stage;
    second.tab.resume(['timer', 'message', 'lock']);
    await stage.clock.advance(10_000);
    expect([first.isPolling(), stage.asked - asked]).toEqual([true, 5]);
  });

  it('hold the source to the law', async () => {
    const stage = tabStage();
    const live = snapshotOf('queued', { task });
    const cases: [SnapshotSource, string][] = [
      [() => of(live), 'SOURCE_ENDED'],
      [() => of({ ...live, task: { ...task, id: 'other' } }), 'BAD_RESPONSE'],
    ];
    for (const [source, code] of cases) {
      const viewers = [1, 2].map(() => stage.open({ source }).watch());
      await stage.clock.advance(1_000);
      for (const { error } of viewers) expect(error).toMatchObject({ code, task });
    }
  });

  it('begin with what is known, and ask nobody when that is the end', async () => {
    const stage = tabStage();
    const known = snapshotOf('completed', { task });
    expect(stage.open().watch(known)).toMatchObject({ heard: [known], end: 'complete' });
    expect(stage.browser.busy).toBe(0);
    const seen: unknown[] = [];
    const source: SnapshotSource = (_, before) => {
      seen.push(before);
      return before ? of(before, snapshotOf('completed', { task })) : NEVER;
    };
    const viewer = stage.open({ source }).watch(snapshotOf('queued', { task }));
    await stage.clock.advance(100);
    expect(statuses(viewer)).toEqual(['queued', 'completed']);
    expect(seen).toEqual([snapshotOf('queued', { task })]);
  });

  it('take no news from old knowledge, unless they have none', async () => {
    const stage = tabStage();
    const silent: SnapshotSource = (_, known) => (known ? concat(of(known), NEVER) : NEVER);
    const knowing = stage.open({ source: silent }).watch(snapshotOf('queued', { task }));
    await stage.clock.advance(10);
    const newcomer = stage.open({ source: silent }).watch();
    const informed = stage.open({ source: silent }).watch(snapshotOf('in_progress', { task, progress: 70 }));
    await stage.clock.advance(100);
    expect([knowing, newcomer, informed].map(statuses)).toEqual([['queued'], ['queued'], ['in_progress']]);
  });

  it('say anew what they were asked when the answer only confirms what was known', async () => {
    const stage = tabStage();
    const known = snapshotOf('queued', { task });
    const source: SnapshotSource = () => new Observable((subscriber) => subscriber.next({ ...known }));
    stage.open({ source }).watch(known);
    await stage.clock.advance(10);
    const behind = stage.open({ source }).watch(snapshotOf('in_progress', { task, progress: 70 }));
    await stage.clock.advance(10);
    expect(statuses(behind)).toEqual(['in_progress', 'queued']);
  });

  it('believe no one but the one that asks', async () => {
    const stage = tabStage();
    const viewers = [stage.open().watch(), stage.open().watch()];
    await stage.clock.advance(4_000);
    for (const forged of [
      told({ event: news('completed') }),
      told({ rushes: 2, isNew: true, event: news('completed') }),
      told({ from: 'me', isNew: true, event: news('completed') }),
      told({ isNew: true, event: { ...news('completed'), task: { ...task, id: 'other' } } }),
      '{',
      42,
      undefined,
      { kind: 'tell' },
    ])
      stage.browser.say(name, forged);
    await stage.clock.advance(100);
    for (const viewer of viewers) {
      expect(viewer.end).toBeUndefined();
      expect(new Set(statuses(viewer))).toEqual(new Set(['in_progress']));
    }
  });

  it('are set right by the one that asks when a script says that it has taken over', async () => {
    const stage = tabStage();
    const first = stage.open().watch();
    const other = stage.open().watch();
    await stage.clock.advance(4_000);
    stage.browser.say(name, told({ isNew: true }));
    await stage.clock.advance(10_000);
    expect(other.heard).toEqual(first.heard);
    expect(other.heard.length).toBeGreaterThan(5);
    expect(stage.pollers).toBe(1);
  });
});
