import { Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type NatsReader, natsSource } from '../../../src/bridges/nats/index.js';
import { iterate } from '../../../src/streams/index.js';
import { Viewer } from '../../watch/viewer.js';
import { eventOf, ref } from './bus.js';

/** A client without a server: what it says of its consumers is up to the test. */
function scripted() {
  const said: string[] = [];
  const consumers: { deliver(seq: number, progress: number): void; say(type: string, delivered?: number): void }[] = [];
  const js: NatsReader = {
    jetstreamManager: async () => ({
      streams: {
        find: async () => 'EVENTS',
        getMessage: async () => (consumers.length > 0 ? { seq: 9, data: new Uint8Array() } : null),
      },
    }),
    consumers: {
      get: async (_, { opt_start_seq }) => {
        const name = `consumer ${consumers.length + 1}`;
        said.push(`${name} from ${opt_start_seq}`);
        return {
          delete: async () => said.push(`${name} deleted`),
          consume: async ({ callback }) => {
            const status = new Subject<{ type: string; lastConsumerSequence?: number }>();
            let deliverySequence = 0;
            consumers.push({
              deliver: (seq, progress) => {
                const data = new TextEncoder().encode(JSON.stringify(eventOf('a', 'in_progress', { progress })));
                callback({ seq, data, info: { deliverySequence: ++deliverySequence } });
              },
              say: (type, lastConsumerSequence = 0) => status.next({ type, lastConsumerSequence }),
            });
            return {
              status: () => iterate(status),
              closed: () => new Promise(() => undefined),
              close: async () => said.push(`${name} closed`),
            };
          },
        };
      },
    },
  };
  const source = natsSource(js, { subject: 'video.events', retry: { initialMs: 0 } });
  const viewer = new Viewer(source(ref('a')));
  return { said, consumers, viewer };
}

const opened = (all: readonly unknown[], count: number) => vi.waitFor(() => expect(all.length).toBe(count));

describe('natsSource over a scripted client', () => {
  it('goes on with the same consumer while nothing is amiss, and lets go of all of it', async () => {
    const { said, consumers, viewer } = scripted();
    await opened(consumers, 1);
    consumers[0]?.deliver(7, 1);
    consumers[0]?.say('heartbeat', 1);
    consumers[0]?.say('heartbeats_missed');
    consumers[0]?.deliver(9, 2);
    await new Promise((resolve) => setTimeout(resolve, 20));
    viewer.leave();
    await vi.waitFor(() =>
      expect(said.toSorted()).toEqual(['consumer 1 closed', 'consumer 1 deleted', 'consumer 1 from 1']),
    );
    expect(viewer.heard.map(({ progress }) => progress)).toEqual([1, 2]);
  });

  it.each([
    ['the server says that it delivered more than came', 'heartbeat', 2],
    ['the client had to begin its consumer anew', 'ordered_consumer_recreated', 0],
  ])('reads on after the last that it has when %s', async (_, type, delivered) => {
    const { said, consumers, viewer } = scripted();
    await opened(consumers, 1);
    consumers[0]?.deliver(7, 1);
    consumers[0]?.say(type, delivered);
    await opened(consumers, 2);
    expect(said).toEqual(['consumer 1 from 1', 'consumer 1 deleted', 'consumer 1 closed', 'consumer 2 from 8']);
    viewer.leave();
  });
});
