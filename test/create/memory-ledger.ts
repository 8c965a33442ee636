import type { SchedulerLike } from 'rxjs';
import type { Begun, CreateOutcome, Ledger, NewCreate, TerminalSnapshot } from '../../src/index.js';

type Step = 'begin' | 'note' | 'end';

export interface MemoryLedgerOptions {
  /** How long a step takes. @defaultValue 0 */
  readonly takesMs?: number;
  /** The steps that fail. @defaultValue none */
  readonly fails?: readonly Step[];
  /** Told of each step as it is asked for, and of each that is done. */
  readonly onStep?: (step: string) => void;
}

/** A ledger that forgets everything at the end of the test, in virtual time. */
export class MemoryLedger implements Ledger {
  /** What became of each create, by key; nothing yet of one that is open. */
  readonly creates = new Map<string, { readonly create: NewCreate; readonly outcomes: CreateOutcome[] }>();
  readonly ended: TerminalSnapshot[] = [];

  constructor(
    private readonly clock: SchedulerLike,
    private readonly options: MemoryLedgerOptions = {},
  ) {}

  async begin(create: NewCreate): Promise<Begun> {
    const key = `key-${this.creates.size + 1}`;
    await this.#step('begin', () => this.creates.set(key, { create, outcomes: [] }));
    return { kind: 'new', key };
  }

  note(key: string, outcome: CreateOutcome): Promise<void> {
    return this.#step('note', () => this.creates.get(key)?.outcomes.push(outcome));
  }

  end(snapshot: TerminalSnapshot): Promise<void> {
    return this.#step('end', () => this.ended.push(snapshot));
  }

  unfinished(): never {
    throw new Error('no test asks for it');
  }

  settle(): never {
    throw new Error('no test asks for it');
  }

  /** What is known of the create of that key. */
  lastOf(key: string): CreateOutcome['kind'] | 'open' | 'unknown' {
    const entry = this.creates.get(key);
    return entry === undefined ? 'unknown' : (entry.outcomes.at(-1)?.kind ?? 'open');
  }

  async #step(step: Step, write: () => void): Promise<void> {
    const { takesMs = 0, fails = [], onStep } = this.options;
    onStep?.(step);
    if (takesMs > 0) {
      await new Promise<void>((resolve) => {
        this.clock.schedule(() => resolve(), takesMs);
      });
    }
    if (fails.includes(step)) throw Object.assign(new Error(`the disk is full at ${step}`), { code: 'ENOSPC' });
    write();
    onStep?.(`${step} done`);
  }
}
