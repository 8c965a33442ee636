import { createInbox, type Msg, type NatsConnection, nanos } from '@nats-io/transport-node';
import { Observable } from 'rxjs';
import { RushesError } from '../../errors.js';
import type { Fence, IsHeld } from './fence.js';

/** A message of a consumer, and how its server is told what became of it. */
export interface Pulled {
  readonly subject: string;
  readonly data: Uint8Array;
  /** Its place in the stream. */
  readonly seq: number;
  /** When it was stored, in epoch milliseconds of the server's clock. */
  readonly storedMs: number;
  readonly isRedelivery: boolean;
  /** How often it was handed out, to whomever, this time included. */
  readonly count: number;
  /** How many messages of the consumer were never delivered. */
  readonly pending: number;
  readonly isHeld: IsHeld;
  ack(): Promise<unknown>;
  nak(ms: number): void;
  term(): void;
}

/** How many more may be worked on. */
export interface Room {
  readonly free: number;
  /** Something was finished. */
  readonly freed: Observable<unknown>;
}

/** Where to pull from. */
export interface PullFrom {
  readonly connection: NatsConnection;
  readonly stream: string;
  readonly consumer: string;
  readonly fence: Fence;
  readonly room: Room;
  /** Ends it. */
  readonly stop: Observable<unknown>;
}

/** How long the server keeps a request that it cannot answer. None can be taken back, so this is what a stop may take. */
export const EXPIRES_MS = 3_000;

/** How long after that its silence is heard: it does not even say that the request is over. */
const SILENCE_MS = 5_000;

const LONGEST_NAK_MS = 86_400_000;

/** What says that a request is over, and nothing is wrong. */
const requestOver: readonly string[] = ['404', '408'];

/** What says that all requests are over, as the server stops, or another takes its place. */
const serverLeaves = /^(?:Server Shutdown|Leadership Change)$/i;

/** How long after that the next is asked. */
const SUCCESSION_MS = 1_000;

/**
 * The messages of a consumer, never more than there is room for: what waits here would wait until its time with us is
 * over; `undefined` for a request that found nothing to do. Told to stop, it gives back what still comes, and completes when no request is open any more. Who just leaves it
 * leaves what the server is about to send, which nobody has then until its time is over.
 *
 * @throws `UNAVAILABLE`, retryable, when the server refuses to hand out any, or does not answer.
 */
export function pull({ connection, stream, consumer, fence, room, stop }: PullFrom): Observable<Pulled | undefined> {
  return new Observable((subscriber) => {
    const inbox = createInbox(inboxPrefixOf(connection));
    const next = `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`;
    let asked = 0;
    let isStopping = false;
    let silence: ReturnType<typeof setTimeout> | undefined;

    const askAnew = () => {
      asked = 0;
      ask();
    };
    const wait = (ms: number, then: () => void) => {
      clearTimeout(silence);
      silence = setTimeout(then, ms);
    };
    const wonder = () => {
      // Who was stopped, or is away, asks anew when that is over.
      if (asked === 0 || !fence.isTrusted) return askAnew();
      const message = 'NATS does not answer requests for work';
      subscriber.error(new RushesError('UNAVAILABLE', message, { retryable: true }));
    };
    const ask = () => {
      if (isStopping && asked === 0) subscriber.complete();
      if (isStopping || subscriber.closed) return;
      const batch = room.free - asked;
      // One request for each that is finished would be many at once.
      if (batch < 1 || (asked > 0 && batch < asked)) return;
      asked += batch;
      wait(EXPIRES_MS + SILENCE_MS, wonder);
      try {
        connection.publish(next, JSON.stringify({ batch, expires: nanos(EXPIRES_MS) }), { reply: inbox });
      } catch (error) {
        subscriber.error(error);
      }
    };
    const requests = connection.subscribe(inbox, {
      callback: (error, message) => {
        if (error) return subscriber.error(error);
        if (message.subject !== inbox) {
          asked = Math.max(asked - 1, 0);
          const isHeld = fence.receive();
          // Nothing is asked for until it is trusted again.
          if (!isHeld) return;
          const pulled = pulledFrom(message, connection, isHeld);
          // What was asked for before a stop may come as well as what was asked for after it.
          if (isStopping || subscriber.closed || room.free < 1) pulled.nak(0);
          else subscriber.next(pulled);
        } else if (requestOver.includes(message.headers?.code.toString() ?? '')) {
          asked = Math.max(asked - Number(message.headers?.get('Nats-Pending-Messages') || 1), 0);
          subscriber.next(undefined);
        } else if (serverLeaves.test(message.headers?.description ?? '')) {
          // Nothing is asked for until then, whatever is finished.
          asked = Number.POSITIVE_INFINITY;
          wait(SUCCESSION_MS, askAnew);
        } else {
          subscriber.error(refusal(message));
        }
        ask();
      },
    });
    subscriber.add(room.freed.subscribe(ask));
    subscriber.add(fence.resumed.subscribe(askAnew));
    subscriber.add(() => {
      clearTimeout(silence);
      // What is on its way still comes, and is given back.
      requests.drain().catch(() => {});
    });
    subscriber.add(
      stop.subscribe(() => {
        isStopping = true;
        ask();
      }),
    );
    ask();
  });
}

/** No public type tells it, but every client has it: a user may have the right to no other inbox. */
function inboxPrefixOf(connection: NatsConnection): string | undefined {
  const { options } = connection as { options?: { inboxPrefix?: string } };
  return options?.inboxPrefix;
}

function refusal({ headers }: Msg): RushesError {
  const reason = headers ? `${headers.code} ${headers.description}` : 'without a reason';
  return new RushesError('UNAVAILABLE', `NATS hands out no work: ${reason}`, { retryable: true });
}

/** @see https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-15.md */
function pulledFrom(message: Msg, connection: NatsConnection, isHeld: IsHeld): Pulled {
  const { subject, data, reply = '' } = message;
  const tokens = reply.split('.');
  // Older servers say neither domain, account nor a token at the end.
  const first = tokens.length === 9 ? 4 : 6;
  const [count = 0, seq = 0, , storedNs = 0, pending = 0] = tokens.slice(first, first + 5).map(Number);
  return {
    subject,
    data,
    seq,
    storedMs: storedNs / 1_000_000,
    isRedelivery: count > 1,
    count,
    pending,
    isHeld,
    ack: () => connection.request(reply, '+ACK', { timeout: 5_000 }),
    // A server reads whole numbers of 64 bits only.
    nak: (ms) => message.respond(`-NAK ${JSON.stringify({ delay: nanos(Math.ceil(Math.min(ms, LONGEST_NAK_MS))) })}`),
    term: () => message.respond('+TERM'),
  };
}
