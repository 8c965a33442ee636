import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FileLedger } from '../../../src/create/file-ledger/file-ledger.js';
import { reasonOf } from '../studio.js';
import { create, done, ledgers, made } from './stage.js';

const home = ledgers();

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

/** What a ledger does, as simply as it can be said. */
class Model {
  readonly creates: Known[] = [];

  expected(name: string): 'known' | 'CREATE_AMBIGUOUS' | 'new' {
    const states = this.creates.filter((known) => known.name === name).map(({ state }) => state);
    if (states.includes('live') || states.includes('ended')) return 'known';
    return states.includes('open') || states.includes('abandoned') ? 'CREATE_AMBIGUOUS' : 'new';
  }

  /** Whether a create of that name would be waited for. */
  isInFlight(name: string, owner: number): boolean {
    return this.creates.some(
      (known) => known.name === name && known.owner === owner && known.state === 'open' && !known.isNoted,
    );
  }
}

type Step = { readonly does: string; readonly ledger: number; readonly pick: number };
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
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({ does: fc.constantFrom(...doings), ledger: fc.nat(2), pick: fc.nat(1000) }),
  { minLength: 5, maxLength: 40 },
);

describe('several ledgers over one folder', () => {
  it('stand, whatever they do in whatever order, as one simple model does', async () => {
    const property = fc.asyncProperty(steps, async (plan) => {
      const path = await home.path();
      let now = 0;
      const open = () => home.open(path, { now: () => ++now });
      const team = [await open(), await open(), await open()];
      const model = new Model();
      for (const step of plan) await take(step, team, model, open);
      for (const ledger of [...team, await open()]) expect(await seen(ledger)).toEqual(modelled(model));
    });
    await fc.assert(property, { numRuns: 60 });
  });
});

async function take({ does, ledger, pick }: Step, team: FileLedger[], model: Model, open: () => Promise<FileLedger>) {
  const who = team[ledger] as FileLedger;
  if (does === 'look') return expect(await seen(who)).toEqual(modelled(model));
  if (does === 'begin') return begin(who, ledger, `job-${pick % 4}`, model);
  if (does === 'reopen') {
    await who.close();
    team[ledger] = await open();
    for (const known of model.creates) if (known.owner === ledger) known.isNoted = true;
    return;
  }
  const note = ['created', 'ambiguous', 'refused'].includes(does);
  const able = model.creates.filter(({ state, owner, isNoted }) =>
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

async function begin(ledger: FileLedger, owner: number, name: string, model: Model) {
  if (model.isInFlight(name, owner)) return;
  const said = await ledger.begin({ ...create, idempotencyKey: name }).catch((error: { code: string }) => error);
  expect('kind' in said ? said.kind : said.code).toBe(model.expected(name));
  if (!('kind' in said) || said.kind !== 'new') return;
  model.creates.push({
    key: said.key,
    owner,
    name,
    state: 'open',
    isNoted: false,
    isAmbiguous: false,
    id: `task-${model.creates.length}`,
  });
}

async function seen(ledger: FileLedger) {
  const { snapshots, creates, skipped } = await ledger.unfinished();
  return { tasks: snapshots.map(({ task }) => task.id).sort(), open: creates.map(({ key }) => key).sort(), skipped };
}

function modelled({ creates }: Model) {
  const of = (state: Known['state']) => creates.filter((known) => known.state === state);
  return {
    tasks: of('live')
      .map(({ id }) => id)
      .sort(),
    open: of('open')
      .map(({ key }) => key)
      .sort(),
    skipped: 0,
  };
}
