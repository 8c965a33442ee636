import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { storageLedgerDefaults } from '../../src/create/storage-ledger/storage-ledger.js';
import { create, keyOf } from '../create/file-ledger/facts.js';
import { standing } from '../create/ledger-checks.js';
import { reasonOf } from '../create/studio.js';
import { createOver, databaseName, ledgerTabs, openIn } from './storage-ledger-stage.js';

const { it, newTab, open, origin, server, session } = ledgerTabs();

describe('where the browser gives no storage, a ledger', () => {
  it('refuses the create when the quota is used up, and nothing is sent', async () => {
    const page = await newTab();
    const ledger = await open(page);
    const devtools = await session(page);
    // Chromium asks at the first write, and remembers for a while what is left.
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: origin(), quotaSize: 1 });
    expect(await reasonOf(createOver(page))).toMatchObject({
      code: 'LEDGER_FAILED',
      retryable: true,
      message: expect.stringMatching(/not sent.*QuotaExceededError/),
    });
    expect(server.posts).toBe(0);
    expect(await standing(ledger)).toEqual({ tasks: [], creates: [], skipped: 0 });
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: origin() });
    await expect.poll(() => reasonOf(createOver(page))).toMatchObject({ resolved: { task: { id: 'cgt-2026-a' } } });
    expect(server.posts).toBe(1);
  });

  it('tells of a task that it could not note', async () => {
    const page = await newTab();
    const ledger = await open(page);
    await page.evaluate(() => {
      const { fetch } = globalThis;
      globalThis.fetch = async (...args) => {
        const response = await fetch(...args);
        const { transaction } = IDBDatabase.prototype;
        IDBDatabase.prototype.transaction = function (...args) {
          const begun = transaction.apply(this, args);
          if (begun.mode === 'readwrite') begun.abort();
          return begun;
        };
        return response;
      };
    });
    const { task, activities } = await createOver(page);
    expect([task.id, activities]).toEqual(['cgt-2026-a', ['ledger-failed', 'created']]);
    expect((await ledger.unfinished()).creates).toMatchObject([{ state: 'ambiguous' }]);
  });

  it('is opened all the same when what is old cannot be removed', async () => {
    const page = await newTab();
    const ledger = await openIn(page, { nowMs: 0 });
    await ledger.note(keyOf(await ledger.begin(create)), { kind: 'refused', code: 'REJECTED', message: 'no' });
    await page.evaluate(() => {
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = function (...args) {
        if (args[1] === 'readwrite') throw new DOMException('no room', 'QuotaExceededError');
        return transaction.apply(this, args);
      };
    });
    const late = await openIn(page, { nowMs: 1 + storageLedgerDefaults.maxAgeMs });
    expect(await standing(late)).toEqual({ tasks: [], creates: [], skipped: 0 });
  });

  const platforms: readonly (readonly [string, RegExp, boolean, () => void])[] = [
    ['has no IndexedDB', /IndexedDB/, false, () => Reflect.deleteProperty(globalThis, 'indexedDB')],
    [
      'has no SHA-256, the page being not trusted',
      /SHA-256.*https/,
      false,
      () => void Object.defineProperty(crypto, 'subtle', { value: undefined }),
    ],
    [
      'refuses to open a database, as for a site whose cookies are blocked',
      /could not be opened.*denied/,
      true,
      () => {
        IDBFactory.prototype.open = () => {
          throw new DOMException('access is denied', 'SecurityError');
        };
      },
    ],
    [
      'never answers',
      /did not answer within 300 ms/,
      true,
      () => {
        IDBFactory.prototype.open = () => Object.setPrototypeOf(new EventTarget(), IDBOpenDBRequest.prototype);
      },
    ],
  ];

  it.each(platforms)('is not opened when it %s', async (_, message, retryable, spoil) => {
    const page = await newTab();
    await page.evaluate(`(${spoil})()`);
    const reason = await reasonOf(openIn(page, { timeoutMs: 300 }));
    expect(reason).toMatchObject({ code: 'LEDGER_FAILED', retryable, message: expect.stringMatching(message) });
  });

  it('is not opened when a later version of it was here', async () => {
    const page = await newTab();
    await page.evaluate(async (name) => {
      const database = await ledgerPage.answered(indexedDB.open(name, 99));
      database.close();
    }, databaseName);
    expect(await reasonOf(open(page))).toMatchObject({
      code: 'LEDGER_FAILED',
      retryable: false,
      message: expect.stringContaining('version'),
    });
  });

  /** A tab that keeps the notes to itself until it is closed. */
  async function sitter(): Promise<Page> {
    const page = await newTab();
    await page.evaluate(async (name) => {
      const database = await ledgerPage.answered(indexedDB.open(name));
      const notes = database.transaction('notes', 'readwrite').objectStore('notes');
      const sit = (): void => notes.get('nothing').addEventListener('success', sit);
      sit();
    }, databaseName);
    return page;
  }

  it('notes nothing, and says so in time, while another tab sits on it', async () => {
    const page = await newTab();
    const ledger = await openIn(page, { timeoutMs: 500 });
    const sitting = await sitter();
    expect(await reasonOf(createOver(page))).toMatchObject({ code: 'LEDGER_FAILED', retryable: true });
    expect(server.posts).toBe(0);
    await sitting.close();
    expect(await standing(ledger)).toEqual({ tasks: [], creates: [], skipped: 0 });
    expect((await createOver(page)).task.id).toBe('cgt-2026-a');
  });

  it('is not opened, and leaves nothing open, while another tab sits on it', async () => {
    const page = await newTab();
    await (await open(page)).close();
    await sitter();
    const closed = nextClose(page);
    const reason = await reasonOf(openIn(page, { timeoutMs: 300 }));
    expect(reason).toMatchObject({ code: 'LEDGER_FAILED', message: expect.stringContaining('could not be read') });
    await closed;
  });

  it('is not opened while its removal is held up, and leaves nothing open when it could be at last', async () => {
    const [page, holder] = [await newTab(), await newTab()];
    await (await open(page)).close();
    await holder.evaluate(async (name) => {
      const database = await ledgerPage.answered(indexedDB.open(name));
      Object.assign(globalThis, { database });
      const removal = indexedDB.deleteDatabase(name);
      await new Promise((resolve) => removal.addEventListener('blocked', resolve));
    }, databaseName);
    const closed = nextClose(page);
    const reason = await reasonOf(openIn(page, { timeoutMs: 300 }));
    expect(reason).toMatchObject({ code: 'LEDGER_FAILED', retryable: true });
    await holder.evaluate(() => (globalThis as unknown as { database: IDBDatabase }).database.close());
    await closed;
  });
});

/** Resolves when `page` closes a connection to a database. */
function nextClose(page: Page): Promise<void> {
  return page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const { close } = IDBDatabase.prototype;
        IDBDatabase.prototype.close = function () {
          close.call(this);
          resolve();
        };
      }),
  );
}
