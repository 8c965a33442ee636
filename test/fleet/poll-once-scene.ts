import { type PollOnceOptions, pollOnce } from '../../src/fleet/poll-once.js';
import { createClock } from '../../src/testing/clock.js';
import { type Answer, inTurn, provider, ref, scripted } from '../watch/scripted.js';

/** Polls in virtual time before a scripted server; the last of several answers is given for ever. */
export function scene(...answers: readonly Answer[]) {
  const clock = createClock();
  const startMs = clock.now();
  const server = scripted(clock, inTurn(...answers));
  const now = () => clock.now() - startMs;
  const usual: PollOnceOptions = { transport: server.transport, scheduler: clock, random: () => 0.5 };
  return {
    clock,
    server,
    now,
    /** When each request was started, in milliseconds since the start. */
    askedAt: () => server.requests.map(({ startedMs }) => startedMs - startMs),
    /** Begins a poll; time stands still. */
    begin: (options: PollOnceOptions = {}) => pollOnce(provider(), ref, { ...usual, ...options }),
    /** A poll, and all the time that it can take. */
    async poll(options: PollOnceOptions = {}) {
      const outcome = pollOnce(provider(), ref, { ...usual, ...options });
      outcome.catch(() => undefined);
      await clock.advance(60_000);
      return outcome;
    },
  };
}
