import fc from 'fast-check';
import { expect } from 'vitest';
import type { Ledger } from '../../src/create/ledger.js';
import { create, done, made } from './file-ledger/facts.js';
import { reasonOf } from './studio.js';

/** A ledger that can be closed. */
export type Closable = Ledger & { close(): Promise<void> };

interface Known {
  readonly key: string;
  readonly owner: number;
  readonly name: string;
  state: 'open' | 'over' | 'abandoned' | 'live' | 'ended';
  isNoted: boolean;
  /** Nobody waits for it any more, for all to see. */
  isAmbiguous: boolean;
  readonly id: string;
}

/** What several ledgers over one place do, as simply as it can be said. */
export class LedgerModel {
  readonly creates: Known[] = [];

  /** @param isLeavingSeen - Whether others see at once that a ledger was closed. */
  constructor(private readonly isLeavingSeen: boolean) {}

  /** Lets `team` and this model take one step, and compares what they say. */
  async take({ does, ledger, pick }: Step, team: Closable[], open: (seat: number) => Promise<Closable>): Promise<void> {
    const who = team[ledger] as Closable;
    if (does === 'look') return this.check(who);
    if (does === 'begin') return this.#begin(who, ledger, `job-${pick % 4}`);
    if (does === 'reopen') {
      await who.close();
      team[ledger] = await open(ledger);
      for (const known of this.creates.filter(({ owner }) => owner === ledger)) {
        known.isNoted = true;
        if (this.isLeavingSeen) known.isAmbiguous = true;
      }
      return;
    }
    const note = ['created', 'ambiguous', 'refused'].includes(does);
    const able = this.creates.filter(({ state, owner, isNoted }) =>
      does === 'end' ? true : note ? state === 'open' && owner === ledger && !isNoted : state === 'open',
    );
    const known = able[pick % Math.max(able.length, 1)];
    if (!known) return;
    const { key, id } = known;
    if (does === 'end') {
      await who.end(done(id), create.baseUrl);
      if (known.state === 'live') known.state = 'ended';
    } else if (note) {
      known.isNoted = true;
      if (does === 'created') await who.note(key, { kind: 'created', snapshot: made(id) });
      if (does === 'ambiguous') await who.note(key, { kind: 'ambiguous', message: 'lost', requestIds: {} });
      if (does === 'refused') await who.note(key, { kind: 'refused', code: 'REJECTED', message: 'no' });
      known.isAmbiguous = does === 'ambiguous';
      if (does !== 'ambiguous') known.state = does === 'created' ? 'live' : 'over';
    } else if (does === 'not-created' && !known.isAmbiguous) {
      expect(await reasonOf(who.settle(key, does))).toMatchObject({ code: 'INVALID_ARGUMENT' });
    } else {
      await who.settle(key, does === 'found' ? { ref: { provider: 'ark', id } } : (does as 'abandoned'));
      known.state = does === 'found' ? 'live' : does === 'abandoned' ? 'abandoned' : 'over';
    }
  }

  /** Compares what `ledger` says with this model. */
  async check(ledger: Ledger): Promise<void> {
    const { snapshots, creates, skipped } = await ledger.unfinished();
    const seen = { tasks: snapshots.map(({ task }) => task.id).sort(), open: creates.map(({ key }) => key).sort() };
    expect({ ...seen, skipped }).toEqual({ tasks: this.#of('live', 'id'), open: this.#of('open', 'key'), skipped: 0 });
  }

  async #begin(ledger: Ledger, owner: number, name: string): Promise<void> {
    if (this.#isInFlight(name, owner)) return;
    const said = await ledger.begin({ ...create, idempotencyKey: name }).catch((error: { code: string }) => error);
    expect('kind' in said ? said.kind : said.code).toBe(this.#expected(name));
    if (!('kind' in said) || said.kind !== 'new') return;
    const id = `task-${this.creates.length}`;
    this.creates.push({ key: said.key, owner, name, state: 'open', isNoted: false, isAmbiguous: false, id });
  }

  #expected(name: string): 'known' | 'CREATE_AMBIGUOUS' | 'new' {
    const states = this.creates.filter((known) => known.name === name).map(({ state }) => state);
    if (states.includes('live') || states.includes('ended')) return 'known';
    return states.includes('open') || states.includes('abandoned') ? 'CREATE_AMBIGUOUS' : 'new';
  }

  /** Whether a create of that name would be waited for. */
  #isInFlight(name: string, owner: number): boolean {
    return this.creates.some(
      (known) => known.name === name && known.owner === owner && known.state === 'open' && !known.isNoted,
    );
  }

  #of(state: Known['state'], field: 'id' | 'key'): string[] {
    return this.creates
      .filter((known) => known.state === state)
      .map((known) => known[field])
      .sort();
  }
}

/** What one of the ledgers does. */
export type Step = { readonly does: string; readonly ledger: number; readonly pick: number };

const doings = [
  'begin',
  'begin',
  'created',
  'ambiguous',
  'refused',
  'end',
  'found',
  'not-created',
  'abandoned',
  'reopen',
  'look',
];

/** What three ledgers do. */
export const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ does: fc.constantFrom(...doings), ledger: fc.nat(2), pick: fc.nat(1000) }),
  { minLength: 5, maxLength: 40 },
);
