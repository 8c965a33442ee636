import { idProblem, providerNameProblem, type TaskRef, taskKey } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import { isStatus, type Status } from '../task/status.js';
import type { CreateEvidence, OpenCreate } from './ledger.js';

/** What was intended: in each record of a create, so that any one of them is enough. */
export interface Intent extends Omit<OpenCreate, 'state' | 'evidence'> {
  /** Of the whole input; only beside an idempotency key. */
  readonly inputHash?: string;
}

/** What is kept of a snapshot: plain facts, nothing that opens anything, and no text of a server's. */
export type KeptFacts = Pick<Snapshot, 'status' | 'providerStatus' | 'progress' | 'createdAt' | 'seconds' | 'size'>;

/** A task, and where it is: one provider's name may have been used for two gateways. */
export interface TaskPlace extends TaskRef {
  readonly baseUrl: string;
}

/** The identity of a task at its place. */
export function placeKey(place: TaskPlace): string {
  return `${new URL(place.baseUrl).origin} ${taskKey(place)}`;
}

interface Stamp<Kind extends string> {
  readonly v: 1;
  readonly kind: Kind;
  /** When it was noted, in epoch milliseconds. */
  readonly at: number;
}

/** About to be sent. */
export type BegunRecord = Stamp<'begun'> & Intent;
/** Sent, and nobody knows what became of it. */
export type AmbiguousRecord = Stamp<'ambiguous'> & Intent & { readonly evidence: CreateEvidence };
/** Made no task: it was refused, never sent since another of the same name was first, or a person found none. */
export type TasklessRecord = Stamp<'refused' | 'withdrawn' | 'not-created'> & Intent;
/** A person gave up finding out. */
export type AbandonedRecord = Stamp<'abandoned'> & Intent;
/** Made a task, as its answer said. */
export type CreatedRecord = Stamp<'created'> & Intent & { readonly id: string; readonly facts: KeptFacts };
/** Made a task, as a person found out. */
export type FoundRecord = Stamp<'found'> & Intent & { readonly id: string };
/** A task was seen to end. */
export type EndedRecord = Stamp<'ended'> & TaskPlace & { readonly facts: KeptFacts };
/** Nobody waits for a task any more. */
export type DroppedRecord = Stamp<'dropped'> & TaskPlace;

/** What is known of a create. */
export type CreateRecord =
  | BegunRecord
  | AmbiguousRecord
  | TasklessRecord
  | AbandonedRecord
  | CreatedRecord
  | FoundRecord;

/** After this, a task is not to be watched any more. */
export type EndRecord = EndedRecord | DroppedRecord;

/** One note in a ledger: it stands for itself, in whatever order notes are read. */
export type LedgerRecord = CreateRecord | EndRecord;

/** What was intended, as `record` has it. */
export function intentIn(record: CreateRecord): Intent {
  const { key, provider, baseUrl, model, promptHash, prompt, sentAt, idempotencyKey, inputHash } = record;
  return {
    key,
    provider,
    baseUrl,
    model,
    promptHash,
    ...(prompt !== undefined && { prompt }),
    sentAt,
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(inputHash !== undefined && { inputHash }),
  };
}

/** A server's word for a status or a size. What else it says may repeat the prompt. */
const word = /^[\w.:*-]{1,32}$/;

/** What may be kept of `snapshot`. */
export function keptFacts(snapshot: Snapshot): KeptFacts {
  const { status, providerStatus, progress, createdAt, seconds, size } = snapshot;
  return {
    status,
    providerStatus: word.test(providerStatus) ? providerStatus : '',
    ...(progress !== undefined && { progress }),
    ...(createdAt !== undefined && { createdAt }),
    ...(seconds !== undefined && { seconds }),
    ...(size !== undefined && word.test(size) && { size }),
  };
}

/** `value` as a record; `undefined` when it is none, or one of a later version. */
export function readRecord(value: unknown): LedgerRecord | undefined {
  const record = Object(value) as Fields;
  const { v, kind } = record;
  if (v !== 1 || typeof kind !== 'string' || !Object.hasOwn(shapes, kind)) return undefined;
  return fits(shapes[kind as LedgerRecord['kind']])(record) ? (value as LedgerRecord) : undefined;
}

type Fields = Readonly<Record<string, unknown>>;
type Check = (value: unknown) => boolean;
type Shape = Readonly<Record<string, Check>>;

const fits =
  (shape: Shape): Check =>
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    Object.entries(shape).every(([name, isGood]) => isGood((value as Fields)[name]));
const maybe =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);

const isText: Check = (value) => typeof value === 'string';
const isNumber: Check = (value) => Number.isFinite(value);
const isAddress: Check = (value) => typeof value === 'string' && /^https?:\/\//.test(value) && URL.canParse(value);
const areTexts: Check = (value) => typeof value === 'object' && value !== null && Object.values(value).every(isText);

const stamp: Shape = { at: isNumber };
const task: Shape = {
  provider: (name) => providerNameProblem(name) === undefined,
  baseUrl: isAddress,
  id: (id) => idProblem(id) === undefined,
};
const facts: Check = fits({
  status: (status): status is Status => isStatus(status),
  providerStatus: isText,
  progress: maybe(isNumber),
  createdAt: maybe(isNumber),
  seconds: maybe(isNumber),
  size: maybe(isText),
});
const intent: Shape = {
  ...stamp,
  key: isText,
  provider: (name) => providerNameProblem(name) === undefined,
  baseUrl: isAddress,
  model: isText,
  promptHash: isText,
  prompt: maybe(isText),
  sentAt: isNumber,
  idempotencyKey: maybe(isText),
  inputHash: maybe(isText),
};

const shapes: Readonly<Record<LedgerRecord['kind'], Shape>> = {
  begun: intent,
  ambiguous: { ...intent, evidence: fits({ message: maybe(isText), status: maybe(isNumber), requestIds: areTexts }) },
  refused: intent,
  withdrawn: intent,
  'not-created': intent,
  abandoned: intent,
  created: { ...intent, ...task, facts },
  found: { ...intent, ...task },
  ended: { ...stamp, ...task, facts },
  dropped: { ...stamp, ...task },
};
