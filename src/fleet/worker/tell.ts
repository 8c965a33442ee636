import { toCloudEvent } from '../../bridges/envelope/cloud-event.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { isSameNews } from '../../task/sameness.js';
import type { Snapshot } from '../../task/snapshot.js';
import type { EventLog } from '../events.js';
import type { Delivery } from './delivery.js';
import type { Known } from './memory.js';

/**
 * What became of news: `known` where others had told the same, `over` where the watch had ended meanwhile, `late` where
 * others always came before, `left` where the turn was not surely ours any more.
 */
export type Told = 'told' | 'known' | 'over' | 'late' | 'left';

/** What news is told with. */
export interface Teller {
  readonly events: EventLog;
  /** The server's clock, in epoch milliseconds. */
  serverNow(): number;
}

/** Stores news as what follows the last. What others stored meanwhile is read, and followed once. */
export async function tell(
  news: TaskEvent,
  known: Known,
  { generation, isHeld }: Pick<Delivery, 'generation' | 'isHeld'>,
  { events, serverNow }: Teller,
): Promise<Told> {
  // A turn of ours that came before may have heard only now what became of its own news.
  if (known.standing !== 'live') return 'over';
  for (let isSecond = false; ; isSecond = true) {
    const seq = await events.append(toCloudEvent(news, serverNow()), generation, known.seq);
    if (seq !== undefined) {
      known.take({ seq, storedMs: serverNow(), generation, told: news });
      return 'told';
    }
    const last = await events.last(news.task);
    known.take(last);
    if (known.standing !== 'live') return 'over';
    // It was forgotten and submitted anew: what there is to say is for that watch.
    if ((last.generation ?? 0) > generation) return 'left';
    if (news.kind === 'snapshot' && !newsIn(news.snapshot, known.snapshot)) return 'known';
    if (!isHeld()) return 'left';
    if (isSecond) return 'late';
  }
}

/** What a snapshot tells that is not known; `undefined` where that is nothing. */
export function newsIn(snapshot: Snapshot | undefined, known: Snapshot | undefined): TaskEvent | undefined {
  if (!snapshot || (known && isSameNews(known, snapshot))) return undefined;
  return { kind: 'snapshot', task: snapshot.task, snapshot };
}
