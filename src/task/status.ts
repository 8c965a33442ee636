/** The task may still change. `unknown` is a word we do not know: live, bounded by the deadline. */
export type LiveStatus = 'queued' | 'in_progress' | 'unknown';

/** The task ended without a video. `expired` means that it ran out of time at the provider, never a dead link. */
export type FailureStatus = 'failed' | 'error' | 'cancelled' | 'expired';

/** The task has ended and, as far as a watch is concerned, never moves again. */
export type TerminalStatus = 'completed' | FailureStatus;

/** Every status a snapshot can have. */
export type Status = LiveStatus | TerminalStatus;

const words: readonly (readonly [Status, string])[] = [
  [
    'queued',
    'queued pending submitted not_start notstarted created preparing starting waiting in_queue queueing throttled',
  ],
  ['in_progress', 'in_progress running processing generating started dreaming'],
  ['completed', 'completed complete succeeded succeed success done finished finish'],
  ['failed', 'failed failure fail rejected nsfw'],
  ['error', 'error'],
  ['cancelled', 'cancelled canceled'],
  ['expired', 'expired timeout'],
];

const statusOf: ReadonlyMap<string, Status> = /* @__PURE__ */ new Map(
  /* @__PURE__ */ words.flatMap(([status, list]) => list.split(' ').map((word) => [word, status] as const)),
);

/**
 * The status that a provider's word stands for; case, surrounding space, inner spaces and dashes do not matter.
 *
 * An empty or new word is `unknown`: a gateway's spelling of tomorrow is no reason to give up paid work.
 */
export function statusOfWord(word: string): Status {
  return (
    statusOf.get(word) ??
    statusOf.get(
      word
        .trim()
        .toLowerCase()
        .replace(/[\s-]+/g, '_'),
    ) ??
    'unknown'
  );
}

/** Whether `status` is one that a task never leaves. */
export function isTerminalStatus(status: Status): status is TerminalStatus {
  return status !== 'queued' && status !== 'in_progress' && status !== 'unknown';
}

const statuses = {
  queued: true,
  in_progress: true,
  unknown: true,
  completed: true,
  failed: true,
  error: true,
  cancelled: true,
  expired: true,
} as const satisfies Record<Status, true>;

/** Whether `value` is the status of a snapshot. */
export function isStatus(value: unknown): value is Status {
  return typeof value === 'string' && Object.hasOwn(statuses, value);
}
