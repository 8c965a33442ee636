import { describe, expect } from 'vitest';
import { assumedFlightMs } from '../../src/create/storage-ledger/in-tab.js';
import { create, keyOf, made } from '../create/file-ledger/facts.js';
import { standing } from '../create/ledger-checks.js';
import { reasonOf } from '../create/studio.js';
import { createOver, ledgerTabs, openIn } from './storage-ledger-stage.js';

const { it, newTab, open, server, session } = ledgerTabs();

describe('a create whose tab', () => {
  /** A tab that waits for the answer to a POST. */
  async function waiting() {
    const page = await newTab();
    await open(page);
    const arrived = new Promise<void>((resolve) => {
      server.answer = () => resolve();
    });
    page.evaluate(() => void ledgerPage.create(0)).catch(() => undefined);
    await arrived;
    return page;
  }

  it.each(['closes', 'reloads', 'crashes'])(
    '%s before the answer is in flight until then, and ambiguous after it',
    async (how) => {
      const [page, other] = [await waiting(), await newTab()];
      const ledger = await open(other);
      const { creates } = await ledger.unfinished();
      expect(creates).toMatchObject([{ state: 'in-flight', model: 'doubao-seedance-2-0-260128' }]);
      const key = creates[0]?.key as string;
      expect(await reasonOf(ledger.settle(key, 'not-created'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
      if (how === 'closes') await page.close();
      if (how === 'reloads') await page.reload();
      if (how === 'crashes') {
        const crashed = new Promise((resolve) => page.once('crash', resolve));
        const devtools = await session(page);
        devtools.send('Page.crash').catch(() => undefined);
        await crashed;
      }
      await expect.poll(async () => (await ledger.unfinished()).creates).toMatchObject([{ key, state: 'ambiguous' }]);
      expect((await standing(await open())).creates).toEqual([`${key} ambiguous`]);
      await ledger.settle(key, 'not-created');
      expect((await standing(ledger)).creates).toEqual([]);
      expect(server.posts).toBe(1);
    },
  );

  it('has no Web Locks is in flight for a while', async () => {
    const page = await newTab();
    const other = await newTab();
    for (const each of [page, other])
      await each.evaluate(() => void Object.defineProperty(navigator, 'locks', { value: undefined }));
    const key = keyOf(await (await openIn(page, { nowMs: 1_000_000 })).begin(create));
    const state = async (nowMs: number) => (await standing(await openIn(other, { nowMs }))).creates[0];
    expect(await state(1_000_000 + assumedFlightMs - 1)).toBe(`${key} in-flight`);
    // A clock that was set back does not make it young again.
    for (const offMs of [assumedFlightMs, -assumedFlightMs])
      expect(await state(1_000_000 + offMs)).toBe(`${key} ambiguous`);
    await page.close();
    expect(await state(1_000_001)).toBe(`${key} in-flight`);
  });

  it('cannot show that it waits is not begun', async () => {
    const page = await newTab();
    const ledger = await openIn(page, { timeoutMs: 300 });
    await page.evaluate(() => {
      navigator.locks.request = () => new Promise<never>(() => undefined);
    });
    expect(await reasonOf(createOver(page))).toMatchObject({ code: 'LEDGER_FAILED', retryable: true });
    await page.evaluate(() => {
      navigator.locks.request = () => Promise.reject(new DOMException('not here', 'SecurityError'));
    });
    expect(await reasonOf(createOver(page))).toMatchObject({ code: 'LEDGER_FAILED', retryable: true });
    expect(await standing(ledger)).toEqual({ tasks: [], creates: [], skipped: 0 });
    expect(server.posts).toBe(0);
  });
});

describe('while one tab looks for open creates, another one', () => {
  /** A tab whose look at the locks is held up: resolves once it looks, with what lets it go on. */
  async function looking() {
    const page = await newTab();
    const ledger = await open(page);
    const looks = page.evaluate(
      () =>
        new Promise<void>((resolve) => {
          const { query } = navigator.locks;
          navigator.locks.query = async () => {
            const { goOn } = globalThis as unknown as { goOn: { before: Promise<void>; after: Promise<void> } };
            resolve();
            await goOn.before;
            const seen = await query.call(navigator.locks);
            await goOn.after;
            return seen;
          };
        }),
    );
    const gates = () =>
      page.evaluate(() => {
        const open: Record<string, () => void> = {};
        const gate = (name: string) => new Promise<void>((resolve) => Object.assign(open, { [name]: resolve }));
        Object.assign(globalThis, { goOn: { before: gate('before'), after: gate('after') }, open });
      });
    const pass = (name: 'before' | 'after') =>
      page.evaluate((name) => (globalThis as unknown as { open: Record<string, () => void> }).open[name]?.(), name);
    await gates();
    return { ledger, looks, pass };
  }

  it('may note what became of one, which is no open one then', async () => {
    const sender = await open();
    const key = keyOf(await sender.begin(create));
    const { ledger, looks, pass } = await looking();
    const told = standing(ledger);
    await looks;
    await sender.note(key, { kind: 'created', snapshot: made('a') });
    await pass('before');
    await pass('after');
    expect(await told).toEqual({ tasks: ['a'], creates: [], skipped: 0 });
  });

  it('may begin one, which is in flight then', async () => {
    const sender = await open();
    const first = keyOf(await sender.begin(create));
    const { ledger, looks, pass } = await looking();
    const told = standing(ledger);
    await looks;
    await pass('before');
    // Whether the locks were looked at before or after this, the create is in flight.
    const second = keyOf(await sender.begin(create));
    await pass('after');
    expect((await told).creates).toEqual([`${first} in-flight`, `${second} in-flight`].sort());
  });
});
