import { readCloudEvent } from '../../../src/bridges/envelope/from-cloud-event.js';
import { generationHeader, generationOf } from '../../../src/fleet/events.js';
import { Layout } from '../../../src/fleet/layout.js';
import type { TaskEvent } from '../../../src/operators/task-event.js';

export const layout = new Layout('m');

/** How long the server waits for word of what it handed out, and how long a worker may speak of it. */
export const ackWaitMs = 10_000;
export const holdMs = 7_000;

/** A message of the stream of work. */
export interface Work {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly storedMs: number;
  deliveries: number;
  /** When it is next handed out. */
  dueMs: number;
  /** It was acknowledged before, and is back since the server was killed: it is never handed out. */
  isGhost: boolean;
}

/** A message of the stream of news. */
export interface News {
  readonly seq: number;
  readonly subject: string;
  readonly data: Uint8Array;
  readonly storedMs: number;
  readonly generation: number | undefined;
  readonly told: TaskEvent | undefined;
  readonly isForeign: boolean;
}

/** What the server refuses something with. */
export class Refused extends Error {
  constructor(
    readonly code: number,
    reason = 'refused',
  ) {
    super(`${reason}: ${code}`);
  }
}

/** Both streams of a fleet as JetStream keeps them. Its clock is the physical time of the model. */
export class ModelServer {
  nowMs = 1_800_000_000_000;
  readonly work = new Map<string, Work>();
  /** Every submit that was ever stored. */
  readonly submits: { readonly seq: number; readonly subject: string }[] = [];
  readonly news: News[] = [];
  readonly #removed: Work[] = [];
  #workSeq = 0;
  #newsSeq = 0;

  publish(subject: string, payload: string | Uint8Array, options: PublishOptions = {}): { readonly seq: number } {
    const data = typeof payload === 'string' ? new TextEncoder().encode(payload) : payload;
    return subject.startsWith('m.poll.') ? this.#queue(subject, data) : this.#tell(subject, data, options);
  }

  /** A message of either stream, by its place or as the last of its subject. */
  message(stream: string, { seq, last_by_subj }: { seq?: number; last_by_subj?: string }): Work | News | null {
    const all = stream === layout.pollStream ? [...this.work.values()] : this.news;
    return all.findLast((each) => each.seq === seq || each.subject === last_by_subj) ?? null;
  }

  lastNews(subject: string): News | undefined {
    return this.news.findLast((each) => each.subject === subject);
  }

  /** What may be handed out now. */
  due(): Work[] {
    return [...this.work.values()].filter(({ dueMs, isGhost }) => !isGhost && dueMs <= this.nowMs);
  }

  handOut(work: Work): void {
    work.deliveries++;
    work.dueMs = this.nowMs + ackWaitMs;
  }

  /** A server believes whoever once had a message. */
  nak(seq: number, ms: number): void {
    const work = this.#find(seq);
    if (work) work.dueMs = this.nowMs + ms;
  }

  remove(seq: number): void {
    const work = this.#find(seq);
    if (!work) return;
    this.work.delete(work.subject);
    this.#removed.push(work);
  }

  /** It is killed, and what was acknowledged last is there again. */
  haunt(): boolean {
    const ghost = this.#removed.pop();
    if (!ghost || this.work.has(ghost.subject)) return false;
    ghost.isGhost = true;
    this.work.set(ghost.subject, ghost);
    return true;
  }

  #find(seq: number): Work | undefined {
    return [...this.work.values()].find((each) => each.seq === seq);
  }

  #queue(subject: string, data: Uint8Array): { readonly seq: number } {
    if (this.work.has(subject)) throw new Refused(10_077, 'maximum messages per subject exceeded');
    const seq = ++this.#workSeq;
    const { nowMs } = this;
    this.work.set(subject, { seq, subject, data, storedMs: nowMs, deliveries: 0, dueMs: nowMs, isGhost: false });
    this.submits.push({ seq, subject });
    return { seq };
  }

  #tell(subject: string, data: Uint8Array, { headers, expect, isForeign = false }: PublishOptions) {
    const last = this.lastNews(subject)?.seq ?? 0;
    if (expect?.lastSubjectSequence !== undefined && expect.lastSubjectSequence !== last) throw new Refused(10_071);
    const seq = ++this.#newsSeq;
    const generation = generationOf(headers?.get(generationHeader));
    const told = readCloudEvent(data)?.told;
    this.news.push({ seq, subject, data, storedMs: this.nowMs, generation, told, isForeign });
    return { seq };
  }
}

/** What is said beside a message. */
export interface PublishOptions {
  readonly headers?: { get(name: string): string };
  readonly expect?: { readonly lastSubjectSequence?: number };
  readonly isForeign?: boolean;
}
