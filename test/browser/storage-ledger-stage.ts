import type { RequestListener } from 'node:http';
import type { BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Ledger, recorded } from '../../src/create/ledger.js';
import { alsoIterable, unfinishedOf } from '../../src/create/unfinished.js';
import { RushesError } from '../../src/index.js';
import type { Closable } from '../create/ledger-model.js';
import { browserOfTests } from './open-browser.js';
import type { LedgerPage } from './pages/storage-ledger.js';
import { type ServedPage, servePage } from './serve-page.js';

/** What a ledger in a page may be opened with. */
export interface TabLedgerOptions {
  readonly scope?: string;
  readonly nowMs?: number;
  readonly keepPrompts?: boolean;
  readonly timeoutMs?: number;
}

/** The name of the database of the scope that is opened where none is named. */
export const databaseName = JSON.stringify(['rushes', 'ledger', 'user-1']);

/** Tabs of one profile, which is new for each test, before a server that makes tasks. */
export function ledgerTabs() {
  const { it, context } = browserOfTests();
  const made: RequestListener = (_, response) =>
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ id: 'cgt-2026-a' }));
  let served: ServedPage;
  let profile: BrowserContext;
  const server = { posts: 0, answer: made };
  beforeAll(async () => {
    served = await servePage('pages/storage-ledger.ts', (request, response) => {
      if (request.method === 'POST') server.posts++;
      server.answer(request, response);
    });
  });
  afterAll(() => served.kill());
  beforeEach(async () => {
    profile = await context();
    Object.assign(server, { posts: 0, answer: made });
  });
  afterEach(() => profile.close());
  const newTab = () => tab(profile, served.url);
  return {
    it,
    newTab,
    /** What a POST is answered with, and how many there were. */
    server,
    open: async (page?: Page): Promise<Closable> => openIn(page ?? (await newTab())),
    origin: () => served.url,
    session: (page: Page): Promise<CDPSession> => profile.newCDPSession(page),
  };
}

/** A new tab with the page of these tests. */
export async function tab(context: BrowserContext, url: string): Promise<Page> {
  const page = await context.newPage();
  await page.goto(url);
  await page.getByText('ready').waitFor();
  return page;
}

/** The ledger of a page, as if it were here. */
export async function openIn(page: Page, { scope = 'user-1', ...options }: TabLedgerOptions = {}): Promise<Closable> {
  const nth = (await thrown(
    page.evaluate(([scope, options]) => ledgerPage.settled(() => ledgerPage.open(scope, options)), [
      scope,
      options,
    ] as const),
  )) as number;
  const call = async (method: 'begin' | 'note' | 'end' | 'settle' | 'close', args: readonly unknown[]) =>
    thrown(
      page.evaluate(([nth, method, args]) => ledgerPage.settled(() => ledgerPage.call(nth, method, args)), [
        nth,
        method,
        args,
      ] as const),
    ) as never;
  const unfinished = async () => {
    const told = await thrown(page.evaluate((nth) => ledgerPage.settled(() => ledgerPage.unfinished(nth)), nth));
    const { snapshots, creates, skipped } = told as Awaited<ReturnType<LedgerPage['unfinished']>>;
    const live = snapshots.map(({ snapshot, record }) => (record ? recorded(snapshot, record) : snapshot));
    return unfinishedOf({ snapshots: live, creates, skipped });
  };
  return {
    begin: (...args: Parameters<Ledger['begin']>) => call('begin', args),
    note: (...args: Parameters<Ledger['note']>) => call('note', args),
    end: (...args: Parameters<Ledger['end']>) => call('end', args),
    settle: (...args: Parameters<Ledger['settle']>) => call('settle', args),
    unfinished: () => alsoIterable(unfinished()),
    close: () => call('close', []),
  };
}

/** A create over the client of a page, before its first ledger. */
export async function createOver(page: Page): Promise<{ task: { id: string }; activities: string[] }> {
  return thrown(page.evaluate(() => ledgerPage.settled(() => ledgerPage.create(0)))) as never;
}

/** What came back from a page: its error is thrown here. */
async function thrown(settled: ReturnType<LedgerPage['settled']>): Promise<unknown> {
  const said = await settled;
  if ('value' in said) return said.value;
  const { code, message, ...details } = said.error as RushesError;
  throw new RushesError(code, message, details);
}
