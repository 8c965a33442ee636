import { toForgottenEvent } from '../bridges/envelope/cloud-event.js';
import { RushesError } from '../errors.js';
import type { TaskRef } from '../task/ref.js';
import { StreamEvents, standing } from './events.js';
import type { FleetContext } from './fleet-context.js';
import { natsTrouble } from './nats-trouble.js';
import { removeWork } from './remove-work.js';

/** What became of a forget. */
export type Forgotten = 'forgotten' | 'not-watched' | 'already-finished';

/** How often news may come first. A worker tells news of a task once in a poll. */
const MAX_ROUNDS = 16;

/** Ends a watch: says so among its news, then takes it out of the stream of work. */
export async function forget(fleet: FleetContext, task: TaskRef): Promise<Forgotten> {
  const { js, manager, layout } = fleet;
  const subject = layout.pollSubject(task);
  const events = new StreamEvents(js, manager, layout);
  try {
    for (let round = 0; round < MAX_ROUNDS; round++) {
      const waiting = await manager.streams.getMessage(layout.pollStream, { last_by_subj: subject });
      const last = await events.last(task);
      const stands = standing(last, waiting?.seq ?? Number.POSITIVE_INFINITY);
      if (stands === 'finished') return 'already-finished';
      if (!waiting) return 'not-watched';
      const isToldBefore = stands === 'lost';
      if (
        !isToldBefore &&
        (await events.append(toForgottenEvent(task, Date.now()), waiting.seq, last.seq)) === undefined
      )
        continue;
      await removeWork(fleet, waiting.seq);
      return isToldBefore ? 'not-watched' : 'forgotten';
    }
  } catch (error) {
    throw natsTrouble(error);
  }
  const message = `news of the task came first ${MAX_ROUNDS} times: it is still watched`;
  throw new RushesError('UNAVAILABLE', message, { task, retryable: true });
}
