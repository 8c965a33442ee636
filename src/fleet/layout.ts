import { addressOf, checkAddress } from '../bridges/address.js';
import { subjectOf } from '../bridges/nats/nats-stream.js';
import { invalidArgument } from '../errors.js';
import { fingerprint } from '../task/fingerprint.js';
import type { TaskRef } from '../task/ref.js';
import { decodeToken } from '../task/token.js';
import { fleetNameProblem } from './fleet-name.js';

/** The parts into which all work is divided: a consumer takes one of them, or all. */
export const shards = [...'0123456789abcdef'] as const;

/** The longest poll subject: it stands in API subjects beside the names of a stream and a consumer. */
const MAX_SUBJECT_BYTES = 3_500;

/** Where a fleet's work and its news lie on NATS. Ids are in subjects as tokens only. */
export class Layout {
  readonly pollStream: string;
  readonly eventStream: string;
  /** What the subjects of all news begin with. */
  readonly events: string;
  /** Where a worker publishes to read the server's clock off it. */
  readonly clocks: string;
  /** Where workers are asked for their figures. */
  readonly rollCall: string;

  /** @throws `INVALID_ARGUMENT` for a name that is no token of a subject. */
  constructor(private readonly name: string) {
    const problem = fleetNameProblem(name);
    if (problem !== undefined) throw invalidArgument('fleet.name', problem, name);
    this.pollStream = `${name}-polls`;
    this.eventStream = `${name}-events`;
    this.events = `${name}.events`;
    this.clocks = `${name}.clocks`;
    this.rollCall = `${name}.workers`;
  }

  /** The subjects of all work, or of what one consumer takes. */
  polls(provider?: string, shard = '*'): string {
    return provider === undefined ? `${this.name}.poll.>` : `${this.name}.poll.${shard}.${provider}.>`;
  }

  /** The one subject on which a watch of a task waits. @throws `INVALID_ARGUMENT` for what names no task, or is too long. */
  pollSubject(task: TaskRef): string {
    const [provider, token] = addressOf(task);
    return checkAddress('task.id', `${this.name}.poll.${shardOf(token)}.${provider}.${token}`, MAX_SUBJECT_BYTES);
  }

  /** The subject of a task's news. @throws `INVALID_ARGUMENT` for what names no task, or is too long. */
  eventSubject(task: TaskRef): string {
    return subjectOf(this.events, task);
  }

  /**
   * The task that a poll subject names; `undefined` where there can be no such task, or its place is another: two watches
   * of a task would know nothing of each other. What is no token, and so was never submitted, stands for itself.
   */
  taskOf(pollSubject: string): TaskRef | undefined {
    const [, , shard, provider = '', ...rest] = pollSubject.split('.');
    const token = rest.join('.');
    const id = decodeToken(token);
    if (id !== undefined && shard !== shardOf(token)) return undefined;
    const task = { provider, id: id ?? token };
    try {
      this.eventSubject(task);
      return task;
    } catch {
      return undefined;
    }
  }
}

/** The part of the work that a task belongs to. */
function shardOf(token: string): string {
  return fingerprint(token).charAt(0);
}
