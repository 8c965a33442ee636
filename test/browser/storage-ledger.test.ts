import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { storageLedgerDefaults } from '../../src/create/storage-ledger/storage-ledger.js';
import { create, done, keyOf, made } from '../create/file-ledger/facts.js';
import { createIn, standing } from '../create/ledger-checks.js';
import { reasonOf } from '../create/studio.js';
import { databaseName, ledgerTabs, openIn } from './storage-ledger-stage.js';

const { it, newTab, open, origin, session } = ledgerTabs();
const named = { ...create, idempotencyKey: 'job-1' };
const day = 86_400_000;

describe('what a ledger in a browser writes', () => {
  it('is complete, with strict durability, before begin resolves, and so before the POST', async () => {
    const page = await newTab();
    const steps = await page.evaluate(async () => {
      const steps: string[] = [];
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = function (stores, mode, options) {
        const begun = transaction.call(this, stores, mode, options);
        if (mode === 'readwrite') {
          steps.push(`write ${options?.durability}`);
          begun.addEventListener('complete', () => steps.push('complete'));
        }
        return begun;
      };
      const { fetch } = globalThis;
      globalThis.fetch = (...args) => {
        steps.push('fetch');
        return fetch(...args);
      };
      await ledgerPage.open('user-1');
      await ledgerPage.create(0);
      steps.push('told');
      return steps;
    });
    const write = ['write strict', 'complete'];
    expect(steps).toEqual([...write, 'fetch', ...write, 'told']);
  });

  it('is all there when two tabs write 500 creates each at once', async () => {
    const pages = await Promise.all([newTab(), newTab()]);
    await Promise.all(pages.map((page) => open(page)));
    const writeMany = (page: Page, seat: number) =>
      page.evaluate(
        async ([create, seat]) => {
          const one = async (nth: number) => {
            const { key } = (await ledgerPage.call(0, 'begin', [create])) as { key: string };
            const task = { provider: 'ark', id: `${seat}-${nth}` };
            const snapshot = { task, status: 'queued', providerStatus: 'queued' };
            await ledgerPage.call(0, 'note', [key, { kind: 'created', snapshot }]);
          };
          await Promise.all(Array.from({ length: 500 }, (_, nth) => one(nth)));
        },
        [create, seat] as const,
      );
    await Promise.all(pages.map(writeMany));
    const { tasks, creates, skipped } = await standing(await open());
    expect([new Set(tasks).size, tasks.length, creates.length, skipped]).toEqual([1_000, 1_000, 0, 0]);
  });

  it('lets one of two tabs begin each of many names', async () => {
    const pages = await Promise.all([newTab(), newTab()]);
    await Promise.all(pages.map((page) => open(page)));
    const said = await Promise.all(
      pages.map((page, seat) =>
        page.evaluate(
          async ([create, seat]) => {
            const begin = async (nth: number) => {
              const idempotencyKey = `job-${nth}`;
              const said = await ledgerPage.settled(() => ledgerPage.call(0, 'begin', [{ ...create, idempotencyKey }]));
              return 'value' in said ? 'new' : said.error;
            };
            const begun = Array.from({ length: 100 }, (_, nth) => begin(seat === 0 ? nth : 99 - nth));
            return Promise.all(seat === 0 ? begun : begun.reverse());
          },
          [create, seat] as const,
        ),
      ),
    );
    const [here = [], there = []] = said;
    for (const [nth, one] of here.entries()) {
      expect([one, there[nth]].filter((each) => each === 'new')).toHaveLength(1);
      expect([one, there[nth]]).toContainEqual(expect.objectContaining({ code: 'CREATE_AMBIGUOUS' }));
    }
  });

  it('is one scope and never another', async () => {
    const page = await newTab();
    const [mine, yours] = [await openIn(page, { scope: 'user-1' }), await openIn(page, { scope: 'user-2' })];
    await createIn(mine, 'a', named);
    const key = keyOf(await mine.begin(create));
    expect(await standing(yours)).toEqual({ tasks: [], creates: [], skipped: 0 });
    expect(await yours.begin(named)).toMatchObject({ kind: 'new' });
    await yours.end(done('a'), create.baseUrl);
    expect(await reasonOf(yours.settle(key, 'abandoned'))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(await standing(mine)).toMatchObject({ tasks: ['a'], creates: [`${key} in-flight`] });
  });
});

describe('what was written by somebody else', () => {
  const { baseUrl } = create;
  const intent = { v: 1, at: 1, provider: 'ark', baseUrl, model: 'm', promptHash: 'h', sentAt: 1 };
  const put = async (notes: readonly (readonly [string | number | string[], unknown])[]) => {
    const page = await newTab();
    const ledger = await open(page);
    await page.evaluate((notes) => ledgerPage.write('user-1', notes), notes);
    return ledger;
  };

  it('is skipped and counted when it is no note', async () => {
    const ledger = await put([
      ['text', 'nonsense'],
      [7, null],
      [['x', 'begun', ''], { ...intent, kind: 'begun', key: 'x', sentAt: 'yesterday' }],
      [['x', 'created', 't'], { ...intent, kind: 'created', key: 'x', id: '..', facts: {} }],
      [['x', 'later', ''], { ...intent, v: 2, kind: 'later', key: 'x' }],
      [['good', 'begun', ''], { ...intent, kind: 'begun', key: 'good' }],
    ]);
    await createIn(ledger, 'a');
    expect(await standing(ledger)).toEqual({ tasks: ['a'], creates: ['good ambiguous'], skipped: 5 });
    await ledger.end(done('a'), create.baseUrl);
    await ledger.settle('good', 'not-created');
    expect(await standing(await open())).toEqual({ tasks: [], creates: [], skipped: 5 });
  });

  it('holds up the creates of its name when it cannot be read, and no others', async () => {
    const later = { ...intent, v: 2, kind: 'created', key: 'x', idempotencyKey: 'job-1' };
    const ledger = await put([[['x', 'created', 't'], later]]);
    expect(await reasonOf(ledger.begin(named))).toMatchObject({
      code: 'LEDGER_FAILED',
      message: expect.stringContaining('idempotency'),
    });
    expect((await standing(ledger)).creates).toEqual([]);
    expect(await ledger.begin({ ...named, idempotencyKey: 'job-2' })).toMatchObject({ kind: 'new' });
  });
});

describe('a ledger in a browser', () => {
  it('drops, when it is opened, what was finished 30 days ago, and nothing else', async () => {
    const page = await newTab();
    const ledger = await openIn(page, { nowMs: 100 * day });
    await createIn(ledger, 'ended', named);
    await ledger.end(done('ended'), create.baseUrl);
    await createIn(ledger, 'live');
    const key = keyOf(await ledger.begin(create));
    await ledger.note(key, { kind: 'ambiguous', message: 'lost', requestIds: {} });
    const openOn = async (days: number) => openIn(page, { nowMs: (100 + days) * day });
    expect(storageLedgerDefaults.maxAgeMs).toBe(30 * day);
    await openOn(30);
    expect(await page.evaluate(() => ledgerPage.dump())).toContain('"ended"');
    const late = await openOn(31);
    expect(await standing(late)).toEqual({ tasks: ['live'], creates: [`${key} ambiguous`], skipped: 0 });
    expect(await page.evaluate(() => ledgerPage.dump())).not.toContain('"ended"');
    expect(await late.begin(named)).toMatchObject({ kind: 'new' });
  });

  it('drops no end that was needed again when it came to drop it', async () => {
    const page = await newTab();
    const ledger = await openIn(page, { nowMs: 0 });
    await createIn(ledger, 'a');
    await ledger.end(done('a'), create.baseUrl);
    const { provider, baseUrl } = create;
    const intent = { key: 'x', provider, baseUrl, model: 'm', promptHash: 'h', sentAt: 1 };
    await page.evaluate(
      (found) => {
        const { transaction } = IDBDatabase.prototype;
        IDBDatabase.prototype.transaction = function (...args) {
          if (args[1] === 'readwrite') {
            IDBDatabase.prototype.transaction = transaction;
            transaction.call(this, 'notes', 'readwrite').objectStore('notes').put(found, ['x', 'found', 'a']);
          }
          return transaction.apply(this, args);
        };
      },
      { v: 1, kind: 'found', at: 31 * day, ...intent, id: 'a' },
    );
    expect(await standing(await openIn(page, { nowMs: 31 * day }))).toEqual({ tasks: [], creates: [], skipped: 0 });
  });

  it('leaves no database open when it is closed', async () => {
    const page = await newTab();
    await page.evaluate(() => {
      const counts = { open: 0 };
      Object.assign(globalThis, { counts });
      const { open } = IDBFactory.prototype;
      IDBFactory.prototype.open = function (...args) {
        const request = open.apply(this, args);
        request.addEventListener('success', () => counts.open++);
        return request;
      };
      const { close } = IDBDatabase.prototype;
      IDBDatabase.prototype.close = function () {
        counts.open--;
        close.call(this);
      };
    });
    const ledger = await open(page);
    const count = () => page.evaluate(() => (globalThis as unknown as { counts: { open: number } }).counts.open);
    expect(await count()).toBe(1);
    await ledger.begin(named);
    const waiting = reasonOf(ledger.begin(named));
    const closing = [ledger.begin(create), ledger.close()].map(reasonOf);
    await Promise.all([waiting, ...closing]);
    expect(await count()).toBe(0);
    expect((await page.evaluate(() => navigator.locks.query())).held).toEqual([]);
  });

  it('has noted, once it is closed, what it was told before', async () => {
    const page = await newTab();
    const key = keyOf(await (await open(page)).begin(create));
    await page.evaluate(
      ([key, snapshot]) =>
        Promise.all([
          ledgerPage.call(0, 'note', [key, { kind: 'created', snapshot }]),
          ledgerPage.call(0, 'close', []),
        ]),
      [key, made('a')] as const,
    );
    expect((await standing(await open(page))).tasks).toEqual(['a']);
  });

  it('makes way to who removes or upgrades it, and goes on', async () => {
    const [page, other] = [await newTab(), await newTab()];
    const ledger = await open(page);
    const key = keyOf(await ledger.begin(named));
    await other.evaluate((name) => ledgerPage.answered(indexedDB.deleteDatabase(name)), databaseName);
    // The task is paid for: it is noted although nothing is known of its create any more.
    await ledger.note(key, { kind: 'created', snapshot: made('a') });
    expect(await standing(await open(other))).toEqual({ tasks: ['a'], creates: [], skipped: 0 });
    expect(await ledger.begin(named)).toMatchObject({ kind: 'known' });
    await other.evaluate(async (name) => {
      const database = await ledgerPage.answered(indexedDB.open(name, 2));
      database.close();
    }, databaseName);
    expect(await reasonOf(ledger.begin(create))).toMatchObject({ code: 'LEDGER_FAILED', retryable: false });
  });

  it('goes on when the user clears the data of the site', async () => {
    const page = await newTab();
    const ledger = await open(page);
    const [key, ambiguous] = [keyOf(await ledger.begin(create)), keyOf(await ledger.begin(create))];
    await ledger.note(ambiguous, { kind: 'ambiguous', message: 'lost', requestIds: {} });
    const devtools = await session(page);
    await devtools.send('Storage.clearDataForOrigin', { origin: origin(), storageTypes: 'all' });
    await ledger.note(key, { kind: 'created', snapshot: made('a') });
    await createIn(ledger, 'b');
    await ledger.note(ambiguous, { kind: 'created', snapshot: made('c') });
    expect((await standing(ledger)).tasks).toEqual(['a', 'b', 'c']);
  });

  it('keeps in mind for that no create that is settled, unless its answer is still to come', async () => {
    const page = await newTab();
    const ledger = await open(page);
    const [settled, waiting] = [keyOf(await ledger.begin(create)), keyOf(await ledger.begin(create))];
    await ledger.note(settled, { kind: 'ambiguous', message: 'lost', requestIds: {} });
    await ledger.settle(settled, 'abandoned');
    await ledger.settle(waiting, 'abandoned');
    const devtools = await session(page);
    await devtools.send('Storage.clearDataForOrigin', { origin: origin(), storageTypes: 'all' });
    const found = { kind: 'created', snapshot: made('a') } as const;
    // The browser closes the connection some time after it has cleared the data, and what is under way then fails.
    await expect
      .poll(() => reasonOf(ledger.note(settled, found)), { timeout: 10_000 })
      .toMatchObject({ code: 'INVALID_ARGUMENT' });
    await ledger.note(waiting, found);
    expect((await standing(ledger)).tasks).toEqual(['a']);
  });

  it('goes on over a new connection when the old one was closed just now', async () => {
    const page = await newTab();
    const ledger = await open(page);
    await page.evaluate(() => {
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = function (...args) {
        IDBDatabase.prototype.transaction = transaction;
        this.close();
        return transaction.apply(this, args);
      };
    });
    await createIn(ledger, 'a');
    expect((await standing(ledger)).tasks).toEqual(['a']);
  });
});
