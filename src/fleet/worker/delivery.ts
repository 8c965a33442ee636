import type { TaskRef } from '../../task/ref.js';
import type { Layout } from '../layout.js';
import { decodeOrder, type WatchOrder } from '../watch-order.js';
import type { IsHeld } from './fence.js';
import type { Memory, Watch } from './memory.js';
import type { Pulled } from './pull.js';

/** A watch's turn, as the engine hands it out. */
export interface Delivery extends Watch {
  readonly task: TaskRef;
  /** What was submitted, read anew each time; absent where it cannot be. */
  readonly order?: WatchOrder | undefined;
  /** Whether tasks that were never polled wait behind it. */
  readonly isAheadOfNew: boolean;
  /** How often the watch had a turn, at whichever worker, this one included. */
  readonly count: number;
  /** Whether it is surely still ours, and for so long: nobody else has it, and what we say of it reaches the server now. */
  readonly isHeld: IsHeld;
  /** The watch is over. Resolves once the server knows. */
  ack(): Promise<unknown>;
  /** The next turn comes in `ms`. */
  nak(ms: number): void;
  /** The watch can never be. */
  term(): void;
}

/** A message of the stream of work as a turn; `undefined` where its subject is that of no task. */
export function deliveryOf(pulled: Pulled, layout: Layout, memory: Memory): Delivery | undefined {
  const watch = { generation: pulled.seq, submittedMs: pulled.storedMs };
  const task = memory.find(watch)?.task ?? layout.taskOf(pulled.subject);
  if (!task) return undefined;
  return {
    task,
    ...watch,
    get order() {
      return decodeOrder(pulled.data, task);
    },
    isAheadOfNew: pulled.isRedelivery && pulled.pending > 0,
    count: pulled.count,
    isHeld: pulled.isHeld,
    ack: pulled.ack,
    nak: pulled.nak,
    term: pulled.term,
  };
}
