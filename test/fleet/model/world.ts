import { toCloudEvent } from '../../../src/bridges/envelope/cloud-event.js';
import { type LostError, RushesError } from '../../../src/errors.js';
import type { FleetContext } from '../../../src/fleet/fleet-context.js';
import { forget } from '../../../src/fleet/forget.js';
import type { PollOutcome } from '../../../src/fleet/poll-once.js';
import { submit } from '../../../src/fleet/submit.js';
import type { TaskRef } from '../../../src/task/ref.js';
import { isSameNews } from '../../../src/task/sameness.js';
import { isTerminal, type Snapshot } from '../../../src/task/snapshot.js';
import { layout, ModelServer } from './server.js';
import { Wire } from './wire.js';
import { type Clocks, ModelWorker, type OpenPoll } from './worker.js';

export const tasks: readonly TaskRef[] = ['a.>', 'b'].map((id) => ({ provider: 'p', id }));

/** What the provider says to one poll. */
export type Said =
  | 'queued'
  | 'running'
  | 'completed'
  | 'failed'
  | 'trouble'
  | 'pause'
  | 'lost'
  | 'no-room'
  | 'refused-key';

/** A server, workers and clients, and all that is under way between them. */
export class World {
  readonly server = new ModelServer();
  readonly wire = new Wire(this.server);
  readonly polls: OpenPoll[] = [];
  readonly workers: ModelWorker[];
  /** Clients' calls that have not come to an end. */
  readonly clients = new Set<object>();
  /** What became of the others, or what they failed with. */
  readonly answers: unknown[] = [];
  #reads = 0;

  constructor(private readonly clocks: readonly Clocks[]) {
    this.workers = clocks.map((each) => this.#worker(each));
  }

  /** Nothing is left that goes on by itself. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  submit(task: TaskRef, deadlineMs: number): void {
    this.#client((fleet) => submit(fleet, { ref: task, deadlineMs, isNew: false }));
  }

  /** Something that this version cannot read. */
  submitGarbage(task: TaskRef): void {
    const subject = layout.pollSubject(task);
    if (!this.server.work.has(subject)) this.server.publish(subject, '{"v":2}');
  }

  forget(task: TaskRef): void {
    this.#client((fleet) => forget(fleet, task));
  }

  crash(nth: number): void {
    const worker = this.workers[nth] as ModelWorker;
    worker.letGo();
    this.abandon(worker);
    this.workers[nth] = this.#worker(this.clocks[nth] as Clocks);
  }

  abandon(owner: object): void {
    this.wire.abandon(owner);
    this.clients.delete(owner);
    const left = this.polls.filter((each) => each.owner !== owner);
    this.polls.splice(0, this.polls.length, ...left);
  }

  /** An app beside the fleet publishes what it heard itself; it knows better than to follow an end or a loss. */
  publishBeside(task: TaskRef, what: 'completed' | 'queued' | 'running' | 'garbage'): void {
    const { server } = this;
    const subject = layout.eventSubject(task);
    const last = server.lastNews(subject)?.told;
    if (last?.kind === 'snapshot' && isTerminal(last.snapshot)) return;
    if (last?.kind === 'lost' && what !== 'completed') return;
    const payload = what === 'garbage' ? '{"specversion":"0.3"}' : JSON.stringify(toCloudEvent(this.#read(task, what)));
    server.publish(subject, payload, { isForeign: true });
  }

  answer(poll: OpenPoll, said: Said): void {
    if (said === 'refused-key') poll.fail(new RushesError('UNAUTHORIZED', 'refused key'));
    else poll.answer(said === 'no-room' ? undefined : this.#outcome(poll, said));
  }

  #outcome({ task, state: { seed } }: OpenPoll, said: Exclude<Said, 'no-room' | 'refused-key'>): PollOutcome {
    const known = seed && { snapshot: seed };
    if (said === 'lost')
      return { ...known, lost: new RushesError('NOT_FOUND', 'no such task', { task }) as LostError, next: 'done' };
    if (said === 'trouble')
      return { ...known, trouble: new RushesError('UNAVAILABLE', 'busy', { task, retryable: true }), next: 1_500 };
    if (said === 'pause')
      return { ...known, trouble: new RushesError('RATE_LIMITED', 'slow', { task, retryable: true }), next: 4_000 };
    const observed = this.#read(task, said);
    const snapshot = seed && isSameNews(seed, observed) ? seed : observed;
    return { snapshot, next: isTerminal(snapshot) ? 'done' : 2_000 };
  }

  /** Links are signed anew for each read. */
  #read(task: TaskRef, said: 'queued' | 'running' | 'completed' | 'failed'): Snapshot {
    const nth = this.#reads++;
    const facts = { task, providerStatus: said };
    if (said === 'completed') return { ...facts, status: 'completed', videoUrl: `https://cdn.test/v.mp4?sign=${nth}` };
    if (said === 'failed') return { ...facts, status: 'failed', error: { message: 'no' } };
    return said === 'queued' ? { ...facts, status: 'queued' } : { ...facts, status: 'in_progress', progress: nth % 3 };
  }

  #worker(clocks: Clocks): ModelWorker {
    return new ModelWorker(this.server, this.wire, this.polls, clocks);
  }

  #client(act: (fleet: FleetContext) => Promise<unknown>): void {
    const owner = {};
    this.clients.add(owner);
    const context = { ...this.wire.open(owner), layout } as unknown as FleetContext;
    const over = (answer: unknown) => {
      this.clients.delete(owner);
      this.answers.push(answer);
    };
    act(context).then(over, over);
  }
}
