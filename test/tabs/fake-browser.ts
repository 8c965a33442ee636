import { type SchedulerAction, type SchedulerLike, Subject, Subscription } from 'rxjs';
import type { TabChannel, TabPlatform } from '../../src/tabs/platform.js';
import type { PageLife } from '../../src/wake/page-life.js';

export type Kind = 'timer' | 'message' | 'lock';

interface Claim {
  readonly tab: FakeTab;
  readonly held: () => Promise<void> | undefined;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Listening {
  readonly tab: FakeTab;
  readonly hear: (data: unknown) => void;
}

/** A browser in virtual time: tabs that share locks and channels, and that can be frozen, resumed and crashed. */
export class FakeBrowser {
  readonly channels = new Map<string, Set<Listening>>();
  readonly holders = new Map<string, Claim>();
  readonly queues = new Map<string, Claim[]>();
  readonly said: string[] = [];
  /** What is said to be impossible here. */
  readonly refuses = { locks: false, steal: false, channels: false };
  /** Robbers are left without an answer. */
  isDeaf = false;

  constructor(
    readonly clock: SchedulerLike,
    readonly latencyMs: (kind: Kind) => number = () => 2,
  ) {}

  tab(): FakeTab {
    return new FakeTab(this);
  }

  /** How much tabs have open here. */
  get busy(): number {
    const waiting = [...this.queues.values()].reduce((sum, queue) => sum + queue.length, 0);
    const listening = [...this.channels.values()].reduce((sum, channel) => sum + channel.size, 0);
    return this.holders.size + waiting + listening;
  }

  later(tab: FakeTab, kind: Kind, work: () => void): void {
    this.clock.schedule(() => tab.run(kind, work), tab.latencyTo(kind, this.latencyMs(kind)));
  }

  /** Says `text` to all who listen, as a script of the page may. */
  say(name: string, text: unknown, from?: Listening): void {
    for (const listening of this.channels.get(name) ?? []) {
      if (listening === from) continue;
      this.later(listening.tab, 'message', () => {
        if (this.channels.get(name)?.has(listening)) listening.hear(text);
      });
    }
  }

  request(name: string, claim: Claim, { steal = false, signal }: { steal?: boolean; signal?: AbortSignal }): void {
    const fail = (why: string) =>
      this.later(claim.tab, 'lock', () => claim.reject(new DOMException(why, 'SecurityError')));
    if (this.refuses.locks || (steal && this.refuses.steal)) {
      fail('no');
      return;
    }
    if (steal && this.isDeaf) return;
    if (steal) {
      const robbed = this.holders.get(name);
      if (robbed) this.later(robbed.tab, 'lock', () => robbed.reject(new DOMException('stolen', 'AbortError')));
      this.#grant(name, claim);
      return;
    }
    const queue = this.queues.get(name) ?? [];
    this.queues.set(name, queue);
    queue.push(claim);
    signal?.addEventListener('abort', () => {
      const place = queue.indexOf(claim);
      if (place >= 0) queue.splice(place, 1);
      claim.reject(new DOMException('left', 'AbortError'));
    });
    this.#next(name);
  }

  forget(tab: FakeTab): void {
    for (const channel of this.channels.values()) {
      for (const listening of channel) if (listening.tab === tab) channel.delete(listening);
    }
    for (const [name, queue] of this.queues) {
      this.queues.set(
        name,
        queue.filter((claim) => claim.tab !== tab),
      );
    }
    for (const [name, claim] of this.holders) if (claim.tab === tab) this.#release(name, claim);
  }

  #next(name: string): void {
    if (this.holders.has(name)) return;
    const claim = this.queues.get(name)?.shift();
    if (claim) this.#grant(name, claim);
  }

  #grant(name: string, claim: Claim): void {
    this.holders.set(name, claim);
    this.later(claim.tab, 'lock', () => {
      Promise.resolve(claim.held()).then(() => {
        claim.resolve();
        this.#release(name, claim);
      });
    });
  }

  #release(name: string, claim: Claim): void {
    if (this.holders.get(name) !== claim) return;
    this.holders.delete(name);
    this.#next(name);
  }
}

export class FakeTab {
  readonly life = new Subject<PageLife>();
  state: 'running' | 'frozen' | 'gone' = 'running';
  #backlog: { readonly kind: Kind; readonly work: () => void }[] = [];
  #deliveredMs = { message: 0, lock: 0, timer: 0 };

  constructor(readonly browser: FakeBrowser) {}

  readonly scheduler: SchedulerLike = {
    now: () => this.browser.clock.now(),
    schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delayMs = 0, state?: T) =>
      new TabAction<T>(this, work).schedule(state, delayMs),
  };

  readonly platform: TabPlatform = {
    life: this.life,
    locks: {
      request: (name, options, held) =>
        new Promise<void>((resolve, reject) =>
          this.browser.request(name, { tab: this, held, resolve, reject }, options),
        ),
    },
    openChannel: (name, hear) => this.#open(name, hear),
  };

  run(kind: Kind, work: () => void): void {
    if (this.state === 'frozen') this.#backlog.push({ kind, work });
    else if (this.state === 'running') work();
  }

  freeze(): void {
    if (this.state === 'running') this.state = 'frozen';
  }

  /** What was held up runs kind by kind, in this order of kinds: no browser promises another. */
  resume(order: readonly Kind[] = ['timer', 'message', 'lock']): void {
    if (this.state !== 'frozen') return;
    this.state = 'running';
    const backlog = this.#backlog;
    this.#backlog = [];
    for (const kind of order) for (const item of backlog) if (item.kind === kind) item.work();
  }

  crash(): void {
    this.state = 'gone';
    this.#backlog = [];
    this.browser.forget(this);
  }

  /** Nothing overtakes what was sent before it on the same way. */
  latencyTo(kind: Kind, latencyMs: number): number {
    const now = this.browser.clock.now();
    this.#deliveredMs[kind] = Math.max(this.#deliveredMs[kind], now + latencyMs);
    return this.#deliveredMs[kind] - now;
  }

  #open(name: string, hear: (data: unknown) => void): TabChannel {
    if (this.browser.refuses.channels) throw new DOMException('no', 'SecurityError');
    const listening = { tab: this, hear };
    const channel = this.browser.channels.get(name) ?? new Set();
    this.browser.channels.set(name, channel.add(listening));
    return {
      say: (text) => {
        if (!channel.has(listening)) throw new DOMException('closed', 'InvalidStateError');
        this.browser.said.push(text);
        this.browser.say(name, text, listening);
      },
      close: () => void channel.delete(listening),
    };
  }
}

class TabAction<T> extends Subscription {
  #waiting: Subscription | undefined;

  constructor(
    private readonly tab: FakeTab,
    private readonly work: (this: SchedulerAction<T>, state?: T) => void,
  ) {
    super();
  }

  schedule(state?: T, delayMs = 0): Subscription {
    this.#waiting?.unsubscribe();
    if (this.closed) return this;
    this.#waiting = this.tab.browser.clock.schedule(() => {
      this.tab.run('timer', () => {
        if (!this.closed) this.work.call(this as unknown as SchedulerAction<T>, state);
      });
    }, delayMs);
    return this;
  }

  override unsubscribe(): void {
    this.#waiting?.unsubscribe();
    super.unsubscribe();
  }
}
