import { filter, finalize, from, map, merge, mergeMap, NEVER, type Observable, of } from 'rxjs';
import { addressOf } from '../../src/bridges/address.js';
import { fromCloudEvent } from '../../src/bridges/envelope/from-cloud-event.js';
import type { CloudEvent } from '../../src/bridges/index.js';
import { snapshotsOf } from '../../src/bridges/read/snapshots-of.js';
import { type Snapshot, type TaskEvent, type TaskRef, takeUntilTerminal } from '../../src/index.js';
import { isSameTask } from '../../src/task/ref.js';
import type { BridgeConformanceOptions } from '../../src/testing/index.js';
import { Bus, isEnd, type Message } from './bridges-bus.js';

const forever = { firstNewsMs: Number.POSITIVE_INFINITY };
const textOf = ({ body }: Message) => (typeof body === 'string' ? body : new TextDecoder().decode(body));
const told = ({ body }: Message): readonly TaskEvent[] => [fromCloudEvent(body)].filter((event) => event !== undefined);
const later = (work: () => void) => void setImmediate(work);

/** A bus with one thing wrong. */
interface BrokenBridge {
  readonly foundBy: string;
  readonly how: string;
  readonly bus: new () => Bus;
  readonly supports?: Partial<BridgeConformanceOptions['supports']>;
}

/** Bridges that each get one thing wrong, in a way that people really do. */
export const brokenBridges: readonly BrokenBridge[] = [
  {
    foundBy: 'what is acknowledged is on the bus',
    how: 'acknowledges what it will store soon',
    bus: class extends Bus {
      override async publish(event: CloudEvent) {
        later(() => void super.publish(event));
      }
    },
  },
  {
    foundBy: 'the bus has each event as structured JSON, unchanged',
    how: 'sends the data alone',
    bus: class extends Bus {
      override async publish({ data }: CloudEvent) {
        this.store({ place: this.placeOf(data.task), body: JSON.stringify(data) });
      }
    },
  },
  {
    foundBy: 'the bus has each event as structured JSON, unchanged',
    how: 'puts the time of sending in',
    bus: class extends Bus {
      override async publish(event: CloudEvent) {
        await super.publish({ ...event, time: '2026-11-22T00:00:00.000Z' });
      }
    },
  },
  {
    foundBy: 'the bus has each event as structured JSON, unchanged',
    how: 'takes a character for a byte',
    bus: class extends Bus {
      override store(message: Message) {
        super.store({ ...message, body: Uint8Array.from(textOf(message), (character) => character.charCodeAt(0)) });
      }
    },
  },
  {
    foundBy: 'the bus has each event as structured JSON, unchanged',
    how: 'loses how a completed task ended',
    bus: class extends Bus {
      override async publish(event: CloudEvent) {
        const { data } = event;
        if (data.kind === 'lost') return super.publish(event);
        const { videoUrl: _, ...snapshot } = data.snapshot as Snapshot & { videoUrl?: string };
        return super.publish({ ...event, data: { ...data, snapshot } });
      }
    },
  },
  {
    foundBy: 'the order in which news of a task is acknowledged is its order on the bus',
    how: 'takes a status that comes back for a duplicate',
    bus: class extends Bus {
      readonly #ids = new Set<string>();
      override async publish(event: CloudEvent) {
        if (this.#ids.has(event.id)) return;
        this.#ids.add(event.id);
        await super.publish(event);
      }
    },
  },
  {
    foundBy: 'the order in which news of a task is acknowledged is its order on the bus',
    how: 'keeps the newest first',
    bus: class extends Bus {
      override store(message: Message) {
        this.messages.unshift(message);
        this.arriving.next(message);
      }
    },
  },
  {
    foundBy: 'of a thousand tasks nothing is lost, and each keeps its order',
    how: 'drops what is too much at once',
    bus: class extends Bus {
      #inFlight = 0;
      override async publish(event: CloudEvent) {
        if (this.#inFlight >= 10) return;
        this.#inFlight++;
        later(() => this.#inFlight--);
        await super.publish(event);
      }
    },
  },
  {
    foundBy: 'no id is taken for an address',
    how: 'mixes up ids that differ in case',
    bus: class extends Bus {
      override placeOf(task: TaskRef) {
        return super.placeOf(task).toLowerCase();
      }
      override hasEnded(place: string) {
        return this.toldAt(place).some(isEnd);
      }
    },
  },
  {
    foundBy: 'no id is taken for an address',
    how: 'takes an id for a pattern',
    supports: { addresses: false },
    bus: class extends Bus {
      override listen(task: TaskRef) {
        return from(this.arriving).pipe(
          mergeMap(told),
          filter((event) => task.id === '*' || isSameTask(event.task, task)),
          mergeMap((event) => (event.kind === 'snapshot' ? [event.snapshot] : [])),
          takeUntilTerminal(),
        );
      }
    },
  },
  {
    foundBy: 'an address that is too long is refused before anything is sent, or not too long',
    how: 'swallows a refusal',
    bus: class extends Bus {
      override async publish(event: CloudEvent) {
        await super.publish(event).catch(() => undefined);
      }
    },
  },
  {
    foundBy: 'an address that is too long is refused before anything is sent, or not too long',
    how: 'refuses as if it might pass later',
    bus: class extends Bus {
      override placeOf(task: TaskRef) {
        const place = addressOf(task).join('/');
        if (place.length > 255) throw new Error('argument out of range');
        return place;
      }
    },
  },
  {
    foundBy: 'an address that is too long is refused before anything is sent, or not too long',
    how: 'sends before it refuses',
    bus: class extends Bus {
      override async publish(event: CloudEvent) {
        const place = addressOf(event.data.task).join('/');
        if (place.length > 255) this.store({ place, body: JSON.stringify(event) });
        await super.publish(event);
      }
    },
  },
  {
    foundBy: 'an address that is too long is refused before anything is sent, or not too long',
    how: 'cuts an address to what fits',
    bus: class extends Bus {
      override placeOf(task: TaskRef) {
        return addressOf(task).join('/').slice(0, 255);
      }
      override hasEnded(place: string) {
        return this.toldAt(place).some(isEnd);
      }
    },
  },
  {
    foundBy: 'an event that is published once more does no harm',
    how: 'gives each message an id of its own',
    bus: class extends Bus {
      override async publish(event: CloudEvent) {
        await super.publish({ ...event, id: `${event.id}:${this.messages.length}` });
      }
    },
  },
  {
    foundBy: 'an event that is published once more does no harm',
    how: 'tells what came twice twice',
    bus: class extends Bus {
      override listen(task: TaskRef): Observable<Snapshot> {
        return this.arriving.pipe(
          mergeMap(told),
          filter((event) => isSameTask(event.task, task)),
          mergeMap((event) => (event.kind === 'snapshot' ? [event.snapshot] : [])),
          takeUntilTerminal(),
        );
      }
    },
  },
  {
    foundBy: 'a task ends once, whoever publishes',
    how: 'stores a second end',
    bus: class extends Bus {
      override hasEnded() {
        return false;
      }
    },
  },
  {
    foundBy: 'a task ends once, whoever publishes',
    how: 'knows completed as the only end',
    bus: class extends Bus {
      override hasEnded(place: string) {
        return this.toldAt(place).some((told) => told.kind === 'snapshot' && told.snapshot.status === 'completed');
      }
    },
  },
  {
    foundBy: 'who comes after the end is told the end, whatever was published since',
    how: 'keeps the last news, be it older than the end',
    supports: { oneEnd: false },
    bus: class extends Bus {
      override hasEnded() {
        return false;
      }
      override latestOf(task: TaskRef) {
        return this.messages.filter(({ place }) => place === this.placeOf(task)).slice(-1);
      }
    },
  },
  {
    foundBy: 'poison between good news changes nothing',
    how: 'dies of what it cannot parse',
    bus: class extends Bus {
      override listen(task: TaskRef) {
        return merge(super.listen(task), this.arriving.pipe(mergeMap((message) => this.#parsed(message))));
      }
      #parsed(message: Message): readonly Snapshot[] {
        JSON.parse(textOf(message));
        return [];
      }
    },
  },
  {
    foundBy: 'poison between good news changes nothing',
    how: 'takes a forged end for the end when it publishes',
    bus: class extends Bus {
      override hasEnded(place: string) {
        return this.messages.some((message) => message.place === place && /"rushes.task.comp/.test(textOf(message)));
      }
    },
  },
  {
    foundBy: 'poison between good news changes nothing',
    how: 'believes whatever has a status',
    bus: class extends Bus {
      override listen(task: TaskRef) {
        return this.arriving.pipe(
          filter(({ place }) => place === this.placeOf(task)),
          map(textOf),
          filter((text) => text.startsWith('{"specversion":"')),
          mergeMap((text) => {
            const snapshot: Snapshot | undefined = JSON.parse(text).data?.snapshot;
            return snapshot ? [snapshot] : [];
          }),
          takeUntilTerminal(),
        );
      }
    },
  },
  {
    foundBy: 'news of a task that comes by the address of another is not believed',
    how: 'does not ask where news came from',
    bus: class extends Bus {
      override listen(task: TaskRef) {
        return this.arriving.pipe(mergeMap(told), snapshotsOf(task, forever));
      }
    },
  },
  {
    foundBy: 'who comes late is told how the task stands',
    how: 'keeps nothing for who comes late',
    bus: class extends Bus {
      override latestOf() {
        return [];
      }
    },
  },
  {
    foundBy: 'who leaves is told no more, and leaves nothing behind',
    how: 'leaves a subscription at the bus',
    bus: class extends Bus {
      override listen(task: TaskRef) {
        return super.listen(task).pipe(finalize(() => this.listeners++));
      }
    },
  },
  {
    foundBy: 'it completes after a terminal snapshot, and a failure is one',
    how: 'never completes',
    bus: class extends Bus {
      override listen(task: TaskRef) {
        return merge(super.listen(task), NEVER);
      }
    },
  },
  {
    foundBy: 'it tells only of the task that was asked for',
    how: 'tells everybody that all begins',
    bus: class extends Bus {
      override listen(task: TaskRef) {
        const other = { task: { ...task, id: `${task.id}x` }, status: 'queued', providerStatus: '' } as const;
        return merge(of(other), super.listen(task));
      }
    },
  },
];
