import type { Subscription } from 'rxjs';
import { connectionLimits, fitting } from './fitting.js';
import type { GatewayCalls } from './gateway-calls.js';
import { Line, type LineEvents } from './line.js';
import type { Watcher } from './watcher.js';

/** Connections that tasks which come one by one may have to themselves; browsers have six for each origin. */
const OWN_LINES = 2;

/**
 * All connections to one gateway: who brings the news of which task. With no watcher there is none, and no timer. Where
 * there may be no further one, who comes waits until another's end, or leaving, makes room.
 */
export class Lines implements LineEvents {
  readonly #watchers = new Set<Watcher>();
  /** Those whom no line carries, in the order in which they came. */
  #waiting = new Set<Watcher>();
  readonly #lines = new Set<Line>();
  /** As many tasks as the gateway is known to refuse on one connection are not asked for again. */
  #mostTasks: number = connectionLimits.tasks;
  #arranging: Subscription | undefined;
  #wakes: Subscription | undefined;

  constructor(private readonly gateway: GatewayCalls) {}

  /** Takes a watcher on; those of one macrotask get one connection. */
  add(watcher: Watcher): void {
    const { wake } = this.gateway.settings;
    this.#watchers.add(watcher);
    this.#waiting.add(watcher);
    this.#arrangeSoon();
    if (this.#watchers.size > 1) return;
    this.#wakes = wake?.subscribe({ next: () => this.#wake(), error: () => undefined });
  }

  /** The watcher wants no more. */
  leave(watcher: Watcher): void {
    this.#release(watcher, false);
    this.#arrangeSoon();
  }

  released(watcher: Watcher): void {
    this.#release(watcher, true);
  }

  settled(): void {
    this.#arrangeSoon();
  }

  apart(watchers: readonly Watcher[], mostTasks: number): void {
    this.#mostTasks = Math.min(this.#mostTasks, mostTasks);
    const all = new Set([...watchers, ...this.#waiting]);
    this.#waiting = new Set([...this.#watchers].filter((watcher) => all.has(watcher)));
    this.#arrangeSoon();
  }

  closed(line: Line): void {
    this.#lines.delete(line);
  }

  #release(watcher: Watcher, isEnded: boolean): void {
    if (!this.#watchers.delete(watcher)) return;
    this.#waiting.delete(watcher);
    for (const line of [...this.#lines]) line.drop(watcher, isEnded);
    if (this.#watchers.size > 0) return;
    this.#mostTasks = connectionLimits.tasks;
    this.#arranging?.unsubscribe();
    this.#arranging = undefined;
    this.#wakes?.unsubscribe();
    this.#wakes = undefined;
  }

  #arrangeSoon(): void {
    if (this.#waiting.size === 0 && !this.#current.some((line) => line.isDeserted)) return;
    this.#arranging ??= this.gateway.settings.waits.schedule(() => {
      this.#arranging = undefined;
      this.#arrange();
    });
  }

  #arrange(): void {
    // One at a time takes another's place, and tasks that keep coming wait while that goes on.
    if (!this.#isOpening) {
      for (const line of this.#current) if (line.isConnected && line.isDeserted) this.#replace(line);
    }
    if (this.#waiting.size === 0 || (this.#isOpening && this.#lines.size >= this.#ownLines)) return;
    if (this.#join()) return;
    const { url, maxConnections } = this.gateway.settings;
    const room = maxConnections - this.#lines.size;
    if (room <= 0) return;
    for (const part of fitting(url, this.#waiting, this.#mostTasks).slice(0, room)) this.#open(part);
  }

  /**
   * Gives those who wait a place on a line that has room for all of them; where there can be no further line, as many as
   * it has room for. Whether it did.
   */
  #join(): boolean {
    const lines = this.#current.sort((a, b) => a.size - b.size);
    if (lines.length < this.#ownLines) return false;
    // No more than these can find room, however many wait.
    const first = [...this.#waiting].slice(0, this.#isFull ? connectionLimits.tasks : undefined);
    for (const line of lines) {
      if (line.size > this.#mostTasks) continue;
      const carried = line.watchers;
      const [together = []] = fitting(this.gateway.settings.url, [...carried, ...first], this.#mostTasks);
      const joining = together.length - carried.length;
      if (joining < (this.#isFull ? 1 : first.length)) continue;
      this.#replace(line, together);
      return true;
    }
    return false;
  }

  /** Lines that tasks which come one by one may have to themselves. */
  get #ownLines(): number {
    return Math.min(OWN_LINES, this.gateway.settings.maxConnections);
  }

  get #isFull(): boolean {
    return this.#lines.size >= this.gateway.settings.maxConnections;
  }

  get #isOpening(): boolean {
    return [...this.#lines].some((line) => line.isOpening);
  }

  get #current(): Line[] {
    return [...this.#lines].filter((line) => !line.isSuperseded);
  }

  /** Ends the waits; a connection that stands may be dead without knowing it, so each gets a successor. */
  #wake(): void {
    const { retry, waits } = this.gateway.settings;
    waits.wake();
    if (this.#isOpening) return;
    for (const line of this.#current) {
      if (line.isConnected && waits.now() - line.openedMs >= retry.initialMs) this.#replace(line);
    }
  }

  #replace(line: Line, watchers: readonly Watcher[] = line.watchers): void {
    // Where there may be no further line, it goes first: the next one begins with how each task stands.
    if (this.#isFull) line.close();
    else line.supersede();
    this.#open(watchers, [line]);
  }

  #open(watchers: readonly Watcher[], predecessors: readonly Line[] = []): void {
    for (const watcher of watchers) this.#waiting.delete(watcher);
    const line = new Line(this.gateway, watchers, predecessors, this);
    this.#lines.add(line);
    line.open();
  }
}
