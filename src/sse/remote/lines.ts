import type { Subscription } from 'rxjs';
import { fitting } from './fitting.js';
import type { GatewayCalls } from './gateway-calls.js';
import { Line, type LineEvents } from './line.js';
import type { Watcher } from './watcher.js';

/** Connections that tasks which come one by one may have to themselves; browsers have six for each origin. */
const OWN_LINES = 2;

/** All connections to one gateway: who brings the news of which task. With no watcher there is none, and no timer. */
export class Lines implements LineEvents {
  readonly #watchers = new Set<Watcher>();
  readonly #waiting = new Set<Watcher>();
  readonly #lines = new Set<Line>();
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

  apart(parts: readonly (readonly Watcher[])[]): void {
    for (const part of parts) this.#open(part);
  }

  closed(line: Line): void {
    this.#lines.delete(line);
  }

  #release(watcher: Watcher, isEnded: boolean): void {
    if (!this.#watchers.delete(watcher)) return;
    this.#waiting.delete(watcher);
    for (const line of [...this.#lines]) line.drop(watcher, isEnded);
    if (this.#watchers.size > 0) return;
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
    if (this.#waiting.size === 0 || (this.#isOpening && this.#lines.size >= OWN_LINES)) return;
    const batch = [...this.#waiting];
    this.#waiting.clear();
    const { url } = this.gateway.settings;
    const [smallest, ...others] = this.#current.sort((a, b) => a.size - b.size);
    const together = [...(smallest?.watchers ?? []), ...batch];
    if (smallest && others.length + 1 >= OWN_LINES && fitting(url, together).length === 1) {
      this.#replace(smallest, together);
    } else {
      for (const part of fitting(url, batch)) this.#open(part);
    }
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

  #replace(line: Line, watchers = line.watchers): void {
    line.supersede();
    this.#open(watchers, [line]);
  }

  #open(watchers: readonly Watcher[], predecessors: readonly Line[] = []): void {
    const line = new Line(this.gateway, watchers, predecessors, this);
    this.#lines.add(line);
    line.open();
  }
}
