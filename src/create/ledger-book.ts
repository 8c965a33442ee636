import { taskKey } from '../task/ref.js';
import type { LiveSnapshot, Snapshot } from '../task/snapshot.js';
import { isTerminalStatus } from '../task/status.js';
import { recorded } from './ledger.js';
import {
  type AmbiguousRecord,
  type BegunRecord,
  type CreatedRecord,
  type CreateRecord,
  type EndRecord,
  type FoundRecord,
  type Intent,
  type LedgerRecord,
  placeKey,
  type TaskPlace,
} from './ledger-record.js';

/** A create of which no task is known. */
export type OpenRecord = BegunRecord | AmbiguousRecord;

/** A create of which the task is known. */
export type TaskedRecord = CreatedRecord | FoundRecord;

/**
 * What a record weighs beside others of the same create: what an answer said outweighs what a person found out, and any
 * task outweighs none, so that no order of reading can lose one.
 */
const weights: Readonly<Record<CreateRecord['kind'], number>> = {
  begun: 0,
  ambiguous: 1,
  'not-created': 2,
  abandoned: 3,
  refused: 4,
  withdrawn: 5,
  found: 6,
  created: 7,
};

/** Whether nobody knows yet if the create made a task. */
export function isOpen(record: CreateRecord): record is OpenRecord {
  return record.kind === 'begun' || record.kind === 'ambiguous';
}

/** Whether the create made a task. */
export function hasTask(record: CreateRecord): record is TaskedRecord {
  return record.kind === 'created' || record.kind === 'found';
}

/** Whether the create certainly made none, and nothing of it is under way. */
export function isTaskless(record: CreateRecord): boolean {
  return record.kind === 'refused' || record.kind === 'withdrawn' || record.kind === 'not-created';
}

/**
 * How things stand by the records of a ledger. Records are added in any order and any number of times; the standing is
 * the same.
 */
export class LedgerBook {
  readonly #creates = new Map<string, CreateRecord>();
  readonly #tasks = new Map<string, TaskedRecord>();
  readonly #ends = new Map<string, EndRecord>();
  readonly #names = new Map<string, Set<string>>();

  add(record: LedgerRecord): void {
    if (record.kind === 'ended' || record.kind === 'dropped') this.#end(record);
    else this.#addCreate(record);
  }

  /** What is known of the create of that key. */
  create(key: string): CreateRecord | undefined {
    return this.#creates.get(key);
  }

  /** What is known of the creates of that name, but for those that gave way to another one. */
  named(provider: string, idempotencyKey: string): CreateRecord[] {
    return [...this.#nameSakes(provider, idempotencyKey)]
      .map((key) => this.#creates.get(key) as CreateRecord)
      .filter(({ kind }) => kind !== 'withdrawn');
  }

  /** The creates of which no task is known, oldest first. */
  open(): OpenRecord[] {
    return [...this.#creates.values()].filter(isOpen).sort(bySentAt);
  }

  /** Whether a task is known, and whether it is known to have ended. */
  fateOf(task: TaskPlace): 'unheard-of' | 'unfinished' | 'finished' {
    const key = placeKey(task);
    if (this.#ends.has(key)) return 'finished';
    return this.#tasks.has(key) ? 'unfinished' : 'unheard-of';
  }

  /** The unfinished task that is known by that key: of its create, or `provider/id`. */
  unfinishedTask(key: string): TaskPlace | undefined {
    const create = this.#creates.get(key);
    const named = create ? [create].filter(hasTask) : [...this.#tasks.values()].filter((task) => taskKey(task) === key);
    const task = named.find((each) => this.fateOf(each) === 'unfinished');
    return task && { provider: task.provider, id: task.id, baseUrl: task.baseUrl };
  }

  /** The tasks that have not been seen to end, oldest first, each as it was when it was created. */
  unfinished(): LiveSnapshot[] {
    return [...this.#tasks.values()]
      .filter((record) => this.fateOf(record) === 'unfinished')
      .sort(bySentAt)
      .map((record) => this.snapshot(record) as LiveSnapshot);
  }

  /** The task of a create, as far as it is known. */
  snapshot(record: TaskedRecord): Snapshot {
    const { provider, id, baseUrl, model, sentAt } = record;
    const end = this.#ends.get(placeKey(record));
    const facts = end?.kind === 'ended' ? end.facts : record.kind === 'created' ? record.facts : foundFacts;
    const snapshot = { task: Object.freeze({ provider, id }), model, ...facts };
    if (!isTerminalStatus(facts.status)) return recorded(snapshot as LiveSnapshot, { createdAt: sentAt, baseUrl });
    const error = { message: 'the ledger keeps no reasons' };
    return Object.freeze(facts.status === 'completed' ? snapshot : { ...snapshot, error }) as Snapshot;
  }

  /** Whether all that `record` tells of is over, so that it is remembered only for its idempotency key. */
  isFinished(record: LedgerRecord): boolean {
    if (record.kind === 'ended' || record.kind === 'dropped') return true;
    const known = this.#creates.get(record.key) ?? record;
    return hasTask(known) ? this.fateOf(known) === 'finished' : !isOpen(known);
  }

  #addCreate(record: CreateRecord): void {
    const { key, provider, idempotencyKey } = record;
    if (hasTask(record)) this.#addTask(record);
    const known = this.#creates.get(key);
    if (known && weights[known.kind] >= weights[record.kind]) return;
    this.#creates.set(key, record);
    if (idempotencyKey !== undefined) this.#nameSakes(provider, idempotencyKey).add(key);
  }

  #addTask(record: TaskedRecord): void {
    const key = placeKey(record);
    const known = this.#tasks.get(key);
    if (!known || (weights[known.kind] - weights[record.kind] || bySentAt(record, known)) < 0) {
      this.#tasks.set(key, record);
    }
    if (record.kind === 'created' && isTerminalStatus(record.facts.status)) this.#end({ ...record, kind: 'ended' });
  }

  /** The first end stays, whichever was read first. */
  #end(record: EndRecord): void {
    const key = placeKey(record);
    const known = this.#ends.get(key);
    if (!known || record.at < known.at) this.#ends.set(key, record);
  }

  #nameSakes(provider: string, idempotencyKey: string): Set<string> {
    const name = `${provider}/${idempotencyKey}`;
    const keys = this.#names.get(name) ?? new Set();
    this.#names.set(name, keys);
    return keys;
  }
}

const foundFacts = { status: 'unknown', providerStatus: '' } as const;

function bySentAt(a: Intent & { readonly id?: string }, b: Intent & { readonly id?: string }): number {
  const [one, other] = [`${a.key} ${a.id}`, `${b.key} ${b.id}`];
  return a.sentAt - b.sentAt || (one < other ? -1 : Number(one > other));
}
