import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { headers } from '@nats-io/transport-node';
import { generationHeader } from '../../../src/fleet/events.js';
import type { ModelServer, PublishOptions } from './server.js';

/** A request on its way to the server, then its answer on the way back. */
export interface Call {
  readonly owner: object;
  /** Goes one way further: there, or back. */
  step(): void;
  /** What is under way now is lost, whichever way it goes, and its sender gives up waiting. */
  lose(): void;
}

/** All that is between clients and the server: nothing moves unless it is told to. */
export class Wire {
  readonly calls: Call[] = [];

  constructor(private readonly server: ModelServer) {}

  /** The owner died: what has reached the server is done, and nobody hears of it. */
  abandon(owner: object): void {
    for (const call of this.calls.filter((each) => each.owner === owner)) this.#end(call);
  }

  send<T>(owner: object, effect: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let answer: (() => void) | undefined;
      const call: Call = {
        owner,
        step: () => {
          if (answer) {
            this.#end(call);
            return answer();
          }
          try {
            const value = effect();
            answer = () => resolve(value);
          } catch (error) {
            answer = () => reject(error);
          }
        },
        lose: () => {
          this.#end(call);
          reject(new Error('TIMEOUT'));
        },
      };
      this.calls.push(call);
    });
  }

  /** The clients of JetStream that the owner talks with. */
  open(owner: object): { readonly js: JetStreamClient; readonly manager: JetStreamManager } {
    const { server } = this;
    const js = {
      publish: (subject: string, payload: string, options?: PublishOptions) =>
        this.send(owner, () => server.publish(subject, payload, options)),
    };
    const streams = {
      getMessage: (stream: string, query: object) =>
        this.send(owner, () => {
          const found = server.message(stream, query);
          if (!found) return null;
          const header = headers();
          if ('generation' in found && found.generation !== undefined)
            header.set(generationHeader, String(found.generation));
          return { seq: found.seq, data: found.data, time: new Date(found.storedMs), header };
        }),
      deleteMessage: (stream: string, seq: number) =>
        this.send(owner, () => {
          if (!server.message(stream, { seq })) throw new Error('no message found');
          server.remove(seq);
          return true;
        }),
    };
    return { js: js as unknown as JetStreamClient, manager: { streams } as unknown as JetStreamManager };
  }

  #end(call: Call): void {
    const index = this.calls.indexOf(call);
    if (index >= 0) this.calls.splice(index, 1);
  }
}
