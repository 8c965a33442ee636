import fc from 'fast-check';
import { VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Listing } from '../../src/cli/board-wire.js';
import { accessDefaults, createAccess } from '../../src/cli/serve/access.js';
import { guardOf, isLoopback } from '../../src/cli/serve/guard.js';
import { Roster } from '../../src/cli/serve/roster.js';
import { rosterStream } from '../../src/cli/serve/roster-stream.js';
import { createClient, type TaskRef } from '../../src/index.js';

const boat: TaskRef = { provider: 'cometapi', id: 'task_boat' };
const fox: TaskRef = { provider: 'cometapi', id: 'task_fox' };

describe('access to a board', () => {
  it('has a token of 256 bits, another one each time, that nothing else passes for', () => {
    const [access, other] = [createAccess(), createAccess()];
    expect(Buffer.from(access.token, 'base64url')).toHaveLength(32);
    expect(access.token).not.toBe(other.token);
    expect(access.admits(`Bearer ${access.token}`)).toBe(true);
    const { token } = access;
    const wrong = [
      null,
      '',
      'Bearer',
      'Bearer ',
      token,
      `bearer ${token}`,
      `Bearer ${token} `,
      `Bearer ${token.slice(1)}`,
    ];
    for (const header of [...wrong, `Bearer ${other.token}`]) expect(access.admits(header)).toBe(false);
    fc.assert(fc.property(fc.string(), (text) => !access.admits(`Bearer ${text}`) && !access.admits(text)));
  });

  it('gives a ticket for one video, for one hour', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.frame = 1_800_000_000_000;
    const access = createAccess({ scheduler });
    const { ticket, expiresAt } = access.ticketFor(boat);
    expect(expiresAt - scheduler.now()).toBe(3_600_000);
    expect(accessDefaults.ticketMs).toBe(3_600_000);
    expect(access.admitsTo(boat, ticket)).toBe(true);
    expect(access.admitsTo(fox, ticket)).toBe(false);
    expect(access.admitsTo({ provider: 'ark', id: boat.id }, ticket)).toBe(false);
    expect(createAccess({ scheduler }).admitsTo(boat, ticket)).toBe(false);
    const later = ticket.replace(String(expiresAt), String(expiresAt + 1));
    for (const wrong of [null, '', later, ticket.slice(0, -1), `${ticket}A`, access.token]) {
      expect(access.admitsTo(boat, wrong)).toBe(false);
    }
    scheduler.frame = expiresAt - 1;
    expect(access.admitsTo(boat, ticket)).toBe(true);
    scheduler.frame = expiresAt;
    expect(access.admitsTo(boat, ticket)).toBe(false);
  });
});

describe('the guard of a board', () => {
  const at = (host: string, headers: Record<string, string> = {}, more = {}) => ({
    method: 'GET',
    url: '/',
    headers: { host, ...headers },
    ...more,
  });

  it('knows three names, with its port', () => {
    const refusal = guardOf({ host: '127.0.0.1', port: 4173 });
    for (const host of ['127.0.0.1:4173', 'localhost:4173', 'LOCALHOST:4173', '[::1]:4173']) {
      expect(refusal(at(host))).toBeUndefined();
    }
    const foreign = [
      'evil.test:4173',
      'evil.test',
      'localhost',
      '127.0.0.1',
      '127.0.0.1:80',
      '127.1:4173',
      '0.0.0.0:4173',
    ];
    for (const host of [...foreign, '', '127.0.0.1:4173.evil.test', 'localhost:4173@evil.test', '192.168.1.7:4173']) {
      expect(refusal(at(host)), host).toBe(421);
    }
    expect(refusal({ method: 'GET', url: '/', headers: {} })).toBe(421);
    fc.assert(fc.property(fc.domain(), (name) => refusal(at(`${name}:4173`)) === 421));
  });

  it('takes no request that a page of another origin sent, and none that changes something', () => {
    const refusal = guardOf({ host: '127.0.0.1', port: 4173 });
    const own = '127.0.0.1:4173';
    expect(refusal(at(own, { origin: 'http://127.0.0.1:4173' }))).toBeUndefined();
    for (const origin of [
      'null',
      'http://localhost:4173',
      'http://127.0.0.1:4174',
      'https://127.0.0.1:4173',
      'http://evil.test',
    ]) {
      expect(refusal(at(own, { origin })), origin).toBe(403);
    }
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])
      expect(refusal(at(own, {}, { method }))).toBe(405);
    for (const url of ['http://evil.test/', '//evil.test/', '*', '']) expect(refusal(at(own, {}, { url }))).toBe(404);
  });

  it('knows them without a port where that is the usual one', () => {
    const refusal = guardOf({ host: '127.0.0.1', port: 80 });
    for (const host of ['localhost', '127.0.0.1', '[::1]:80']) expect(refusal(at(host)), host).toBeUndefined();
    expect(refusal(at('evil.test'))).toBe(421);
  });

  it('that is exposed knows its own name and addresses, which no other name can stand for', () => {
    const refusal = guardOf({ host: 'studio.local', port: 4173 });
    for (const host of ['studio.local:4173', '192.168.1.7:4173', '[fe80::1]:4173', 'localhost:4173']) {
      expect(refusal(at(host)), host).toBeUndefined();
    }
    for (const host of ['evil.test:4173', '192.168.1.7:80', '192.168.1.7', '1.2.3.4.evil.test:4173']) {
      expect(refusal(at(host)), host).toBe(421);
    }
    expect(
      ['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::', '192.168.1.7', 'a.localhost.evil'].filter(isLoopback),
    ).toEqual(['127.0.0.1', 'localhost', '::1']);
  });
});

const observersOf = ({ listings }: Roster) =>
  (listings as unknown as { readonly observers: readonly unknown[] }).observers.length;
const listingIn = (message = '') => JSON.parse(message.slice('data: '.length)) as Listing;

describe('a roster', () => {
  const client = createClient({ watch: () => [] as never });

  it('tells all tasks first, then those that are new, each once, and never gives one another place', async () => {
    const roster = new Roster(() => 7);
    roster.add([{ task: boat, client }]);
    const reader = rosterStream(roster.listings).body?.pipeThrough(new TextDecoderStream()).getReader();
    const next = async () => listingIn((await reader?.read())?.value);
    expect(await next()).toEqual({ tasks: [{ task: boat, addedAt: 7 }], notices: [] });
    roster.add([{ task: boat, client }]);
    roster.add([
      { task: boat, client },
      { task: fox, client },
    ]);
    expect(await next()).toEqual({ tasks: [{ task: fox, addedAt: 7 }], notices: [] });
    roster.notice(['a']);
    expect(await next()).toEqual({ tasks: [], notices: ['a'] });
    roster.notice(['a']);
    roster.notice([]);
    expect(await next()).toEqual({ tasks: [], notices: [] });
    await reader?.cancel();
  });

  it('has room for 10,000 tasks, and says how many more there are', () => {
    const roster = new Roster(() => 7);
    const entries = Array.from({ length: 10_002 }, (_, nth) => ({ client, task: { provider: 'ark', id: `${nth}` } }));
    const heard: Listing[] = [];
    roster.listings.subscribe((listing) => heard.push(listing));
    roster.add(entries.slice(0, 10_000));
    expect([roster.isFull, heard.at(-1)?.notices]).toEqual([false, []]);
    roster.notice(['a']);
    roster.add(entries.slice(0, 10_001));
    expect(heard.at(-1)?.notices).toEqual(['a', 'The board has room for 10000 tasks; 1 more is not shown.']);
    roster.add(entries);
    roster.add(entries);
    roster.notice(['b']);
    roster.notice(['b']);
    expect(heard.at(-1)?.notices).toEqual(['b', 'The board has room for 10000 tasks; 2 more are not shown.']);
    expect(heard).toHaveLength(6);
    expect([heard.at(-1)?.tasks.length, roster.find({ provider: 'ark', id: '10000' })]).toEqual([10_000, undefined]);
  });

  it('is told whole, however long it is, and of what changed meanwhile only how it is now', async () => {
    const roster = new Roster(() => 7);
    const ref = (nth: number) => ({ provider: 'cometapi', id: `task_${nth}` });
    roster.add(Array.from({ length: 9_999 }, (_, nth) => ({ client, task: ref(nth) })));
    const reader = rosterStream(roster.listings).body?.pipeThrough(new TextDecoderStream()).getReader();
    const ids: string[] = [];
    while (ids.length < 10_000) {
      const { tasks, notices } = listingIn((await reader?.read())?.value);
      expect(tasks.length).toBeLessThanOrEqual(500);
      if (ids.length === 0) {
        for (let nth = 0; nth < 100; nth++) roster.notice([String(nth)]);
        roster.add([{ client, task: ref(9_999) }]);
      } else expect(notices).toEqual(['99']);
      ids.push(...tasks.map(({ task }) => task.id));
    }
    expect(ids).toEqual(Array.from({ length: 10_000 }, (_, nth) => `task_${nth}`));
    await reader?.cancel();
  });

  it('lets go of a reader that leaves, and breaks with one that takes nothing of what waits', async () => {
    const [roster, scheduler] = [new Roster(() => 7), new VirtualTimeScheduler()];
    const [left, stuck] = [1, 2].map(() => rosterStream(roster.listings, { scheduler }));
    expect(observersOf(roster)).toBe(2);
    await left?.body?.cancel();
    expect(observersOf(roster)).toBe(1);
    const advanceTo = (ms: number) => {
      scheduler.maxFrames = ms;
      scheduler.flush();
    };
    advanceTo(20_000);
    // News that go on do not give it more time.
    roster.notice(['a']);
    advanceTo(29_999);
    expect(observersOf(roster)).toBe(1);
    advanceTo(30_000);
    expect(observersOf(roster)).toBe(0);
    await expect(stuck?.text()).rejects.toThrow('took nothing for 30000 ms');
  });

  it('is kept alive by a beat, and breaks with a reader that does not take that', async () => {
    const [roster, scheduler] = [new Roster(() => 7), new VirtualTimeScheduler()];
    const reader = rosterStream(roster.listings, { scheduler }).body?.getReader();
    const advanceTo = async (ms: number) => {
      // What a read begins, it begins a little later.
      await new Promise(setImmediate);
      scheduler.maxFrames = ms;
      scheduler.flush();
    };
    const texts: string[] = [];
    const read = async () => texts.push(new TextDecoder().decode((await reader?.read())?.value));
    await read();
    const second = read();
    await advanceTo(14_999);
    expect(texts).toEqual(['data: {"tasks":[],"notices":[]}\n\n']);
    await advanceTo(15_000);
    await second;
    expect(texts[1]).toBe(':\n\n');
    await advanceTo(59_999);
    expect(observersOf(roster)).toBe(1);
    await advanceTo(60_000);
    expect(observersOf(roster)).toBe(0);
    await expect(read()).rejects.toThrow('took nothing for 30000 ms');
  });

  it('keeps the end of a task, whatever comes later', () => {
    const roster = new Roster(() => 7);
    roster.add([{ task: boat, client }]);
    const facts = { task: boat, providerStatus: '' };
    roster.hear({ ...facts, status: 'completed' });
    roster.hear({ ...facts, status: 'queued' });
    roster.hear({ ...facts, task: fox, status: 'queued' });
    expect(roster.find(boat)?.known?.status).toBe('completed');
    expect(roster.find(fox)).toBeUndefined();
  });
});
