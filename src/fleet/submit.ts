import { messageOf } from '../errors.js';
import { StreamEvents, standing } from './events.js';
import type { FleetContext } from './fleet-context.js';
import { natsTrouble } from './nats-trouble.js';
import { removeWork } from './remove-work.js';
import { encodeOrder, type WatchOrder } from './watch-order.js';

/** What became of a submit. */
export type Submitted = 'submitted' | 'already-watched' | 'already-finished';

/** Of JetStream: it could not store the message, for whatever reason it says. */
const NOT_STORED = 10_077;

/** Puts a watch into the stream of work. */
export async function submit(fleet: FleetContext, order: WatchOrder): Promise<Submitted> {
  const { js, manager, layout } = fleet;
  const subject = layout.pollSubject(order.ref);
  const events = new StreamEvents(js, manager, layout);
  try {
    const last = await events.last(order.ref);
    if (standing(last, Number.POSITIVE_INFINITY) === 'finished') return 'already-finished';
    if (await isStored()) return 'submitted';
    const waiting = await manager.streams.getMessage(layout.pollStream, { last_by_subj: subject });
    if (waiting && standing(await events.last(order.ref), waiting.seq) !== 'lost') return 'already-watched';
    // A server that was killed can bring back what was acknowledged, and never hands it out.
    if (waiting) await removeWork(fleet, waiting.seq);
    return (await isStored()) ? 'submitted' : 'already-watched';
  } catch (error) {
    throw natsTrouble(error);
  }

  async function isStored(): Promise<boolean> {
    try {
      await js.publish(subject, encodeOrder(order));
      return true;
    } catch (error) {
      // The subject holds its one message; a stream that is full of others says so in other words.
      if (Object(error).code === NOT_STORED && /per subject/.test(messageOf(error))) return false;
      throw error;
    }
  }
}
