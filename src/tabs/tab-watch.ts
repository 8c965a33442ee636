import { type Subscriber, Subscription, type Unsubscribable } from 'rxjs';
import type { Waits } from '../cadence/waits.js';
import { aboutTask } from '../errors.js';
import type { TaskEvent } from '../operators/task-event.js';
import { advance } from '../task/advance.js';
import type { TaskRef } from '../task/ref.js';
import { isSameNews } from '../task/sameness.js';
import { isTerminal, type Snapshot } from '../task/snapshot.js';
import { shareByTask } from '../watch/share-by-task.js';
import type { SnapshotSource } from '../watch/snapshot-source.js';
import { heldLock } from './held-lock.js';
import { Patience } from './patience.js';
import type { TabPlatform } from './platform.js';
import { type TabMessage, type Told, tabName } from './tab-message.js';
import { Voice } from './voice.js';

/** What the watches of one tab share. */
export interface TabSettings {
  /** How tasks are asked about. */
  readonly source: SnapshotSource;
  readonly scope: string;
  readonly intervalMs: number;
  readonly waits: Waits;
  readonly random: () => number;
}

/** An ended leader's last word may still be on its way when its lock is here: so long it is waited for. */
const lastWordMs = 100;

/**
 * One tab's part in the watch of a task. It follows until it holds the task's lock; then it leads, which is to ask, and
 * to tell the others. Where nobody can be followed or led it asks alone.
 */
export class TabWatch implements Unsubscribable {
  readonly #name: string;
  readonly #life: Subscription;
  #role: 'away' | 'following' | 'leading' | 'alone' = 'away';
  #latest: Snapshot | undefined;
  /** Whether others may know better: the source has not spoken since this tab leads. */
  #isOld = true;
  /** Whose word counts; to a leader, whose word counted before its own. */
  #leader: string | undefined;
  /** When this tab last did anything for the task. */
  #ranMs = 0;
  #isStealing = false;
  readonly #patience: Patience;
  readonly #voice: Voice;
  #lock: Subscription | undefined;
  #beating: Subscription | undefined;
  #asking: Subscription | undefined;

  constructor(
    private readonly task: TaskRef,
    known: Snapshot | undefined,
    private readonly viewer: Subscriber<Snapshot>,
    private readonly platform: TabPlatform,
    private readonly settings: TabSettings,
  ) {
    this.#name = tabName(settings.scope, task);
    this.#latest = known;
    this.#voice = new Voice(task, this.#name, platform, settings.random);
    this.#patience = new Patience({ ...settings, onLook: (isSilent) => this.#look(isSilent) });
    this.#life = platform.life.subscribe((life) => (life === 'suspended' ? this.#leave() : this.#comeBack()));
    if (known) viewer.next(known);
    if (!viewer.closed) this.#join();
  }

  unsubscribe(): void {
    this.#life.unsubscribe();
    this.#leave();
  }

  #comeBack(): void {
    if (this.#role === 'away') this.#join();
  }

  #join(): void {
    try {
      this.#voice.open((message) => this.#hear(message));
    } catch {
      this.#askAlone();
      return;
    }
    this.#follow();
  }

  /** Nothing of a watch may outlive it or keep a page from being put away. */
  #leave(): void {
    this.#role = 'away';
    this.#patience.stop();
    for (const part of [this.#lock, this.#beating, this.#asking]) part?.unsubscribe();
    this.#voice.close();
  }

  #follow(): void {
    this.#role = 'following';
    for (const part of [this.#beating, this.#asking]) part?.unsubscribe();
    this.#leader = undefined;
    this.#isStealing = false;
    this.#ranMs = this.#now();
    this.#voice.say({ kind: 'ask' });
    this.#standForLeader({ steal: false });
    this.#patience.start();
  }

  #standForLeader(options: { readonly steal: boolean }): void {
    this.#lock?.unsubscribe();
    this.#lock = heldLock(this.platform.locks, this.#name, options).subscribe({
      next: () => this.#lead(),
      error: () => (this.#role === 'leading' ? this.#follow() : this.#askAlone()),
    });
  }

  #lead(): void {
    if (this.#slept()) {
      this.#follow();
      return;
    }
    this.#role = 'leading';
    this.#isOld = true;
    this.#patience.stop();
    this.#tell({ isNew: true });
    this.#beat();
    this.#asking = new Subscription();
    if (this.#leader === undefined) this.#ask();
    else this.#asking.add(this.settings.waits.schedule(() => this.#ask(), lastWordMs));
  }

  #ask(): void {
    const known = this.#latest;
    // Held to the law, but not told what is known: an answer that only confirms it is of use here.
    const lawful = shareByTask((task) => this.settings.source(task, known));
    this.#asking?.add(
      lawful(this.task).subscribe({
        next: (snapshot) => {
          // What was said before a sleep is old by now, unless it is the end.
          if (this.#slept() && !isTerminal(snapshot)) this.#follow();
          else if (snapshot !== this.#latest) this.#take({ kind: 'snapshot', task: this.task, snapshot });
        },
        error: (error: unknown) => {
          if (this.#slept()) this.#follow();
          else this.#take({ kind: 'lost', task: this.task, error: aboutTask(error, this.task, this.#latest) });
        },
      }),
    );
  }

  #askAlone(): void {
    this.#leave();
    this.#role = 'alone';
    this.#asking = new Subscription();
    this.#ask();
  }

  #beat(): void {
    const { waits, intervalMs } = this.settings;
    this.#beating = waits.schedule(() => {
      if (this.#slept()) return this.#follow();
      this.#voice.say({ kind: 'tell', isNew: false, isOld: this.#isOld });
      this.#beat();
    }, intervalMs);
  }

  /** Each look is something done, so a sleep shows between two. */
  #look(isSilent: boolean): void {
    this.#ranMs = this.#now();
    if (isSilent && this.#isStealing) this.#askAlone();
    else if (isSilent) {
      this.#isStealing = true;
      this.#standForLeader({ steal: true });
    }
  }

  #hear(message: TabMessage): void {
    const slept = this.#slept();
    if (this.#role === 'leading') {
      if (slept) this.#follow();
      else if (message.kind === 'ask') this.#tell({ isNew: false });
      else if (message.from === this.#leader && message.event && isEnd(message.event)) this.#take(message.event);
      // Whoever was robbed while it stood still may find out only after it has spoken.
      else if (message.isNew) this.#tell({ isNew: true });
    } else if (message.kind === 'tell' && this.#isFromLeader(message)) {
      this.#leader = message.from;
      this.#patience.renew();
      const { event, isOld } = message;
      if (event && (isEnd(event) || !isOld || !this.#latest)) this.#take(event);
    }
  }

  #isFromLeader({ isNew, from }: Told): boolean {
    return isNew || this.#leader === undefined || from === this.#leader;
  }

  #take(event: TaskEvent): void {
    if (event.kind === 'lost') {
      if (this.#role === 'leading') this.#tell({ isNew: false, event });
      this.viewer.error(aboutTask(event.error, this.task, this.#latest));
      return;
    }
    const heard = advance(this.#latest, event.snapshot);
    const isSame = this.#latest !== undefined && isSameNews(this.#latest, heard);
    if (!isSame) this.#latest = heard;
    if (this.#role === 'leading' && (this.#isOld || !isSame)) {
      this.#isOld = false;
      this.#tell({ isNew: false });
    }
    if (isSame) return;
    this.viewer.next(heard);
    if (isTerminal(heard)) this.viewer.complete();
  }

  /** How the task stands, to all others. */
  #tell({ isNew, event }: Pick<Told, 'isNew' | 'event'>): void {
    const standing = this.#latest && { kind: 'snapshot' as const, task: this.task, snapshot: this.#latest };
    this.#voice.say({ kind: 'tell', isNew, isOld: this.#isOld, event: event ?? standing });
  }

  /** Whether this tab stood still for so long that it may have been replaced; asked whenever it does something. */
  #slept(): boolean {
    if (this.#role === 'alone') return false;
    const sinceMs = this.#now() - this.#ranMs;
    this.#ranMs = this.#now();
    return sinceMs > this.settings.intervalMs * (this.#role === 'leading' ? 1.5 : 2.5);
  }

  #now(): number {
    return this.settings.waits.now();
  }
}

function isEnd(event: TaskEvent): boolean {
  return event.kind === 'lost' || isTerminal(event.snapshot);
}
