import { defer, filter, finalize, from, map, merge, Subject } from 'rxjs';
import { addressOf, checkAddress } from '../../src/bridges/address.js';
import { fromCloudEvent } from '../../src/bridges/envelope/from-cloud-event.js';
import type { CloudEvent } from '../../src/bridges/index.js';
import type { BusSourceOptions } from '../../src/bridges/read/bus-source-options.js';
import { readNews } from '../../src/bridges/read/read-news.js';
import { snapshotsOf } from '../../src/bridges/read/snapshots-of.js';
import { isTerminal, type SnapshotSource, type TaskEvent, type TaskRef } from '../../src/index.js';
import { isSameTask } from '../../src/task/ref.js';
import type { BusWorld } from '../../src/testing/index.js';

export interface Message {
  readonly place: string;
  readonly body: string | Uint8Array;
}

/** A bus of a few lines that does all that a bus may be asked for. What breaks one overrides one of its steps. */
export class Bus implements BusWorld {
  readonly messages: Message[] = [];
  readonly arriving = new Subject<Message>();
  listeners = 0;

  readonly publisher = { publish: (event: CloudEvent) => this.publish(event) };
  readonly source: SnapshotSource = (task) => this.listen(task);

  async publish(event: CloudEvent): Promise<void> {
    const place = this.placeOf(event.data.task);
    if (!this.hasEnded(place, event.data.task)) this.store({ place, body: JSON.stringify(event) });
  }

  listen(task: TaskRef, options: BusSourceOptions = {}) {
    return defer(() => {
      this.listeners++;
      return merge(this.arriving, from(this.latestOf(task))).pipe(
        filter(({ place }) => place === this.placeOf(task)),
        map(({ place, body }) => ({ body, isAddressOf: (told: TaskRef) => this.placeOf(told) === place })),
        readNews(options),
        snapshotsOf(task, { firstNewsMs: Number.POSITIVE_INFINITY }),
        finalize(() => this.listeners--),
      );
    });
  }

  placeOf(task: TaskRef): string {
    return checkAddress('bus(address)', addressOf(task).join('/'), 255);
  }

  store(message: Message): void {
    this.messages.push(message);
    this.arriving.next(message);
  }

  hasEnded(place: string, task: TaskRef): boolean {
    return this.toldAt(place).some((told) => isSameTask(told.task, task) && isEnd(told));
  }

  latestOf(task: TaskRef): readonly Message[] {
    const about = this.messages.filter(({ body }) =>
      isSameTask(fromCloudEvent(body)?.task ?? { ...task, id: '' }, task),
    );
    const end = about.find(({ body }) => isEnd(fromCloudEvent(body)));
    const latest = end ?? about.at(-1);
    return latest ? [latest] : [];
  }

  toldAt(place: string): readonly TaskEvent[] {
    return this.messages.flatMap((message) => (message.place === place ? (fromCloudEvent(message.body) ?? []) : []));
  }

  events = async () => this.messages.map(({ body }) => body);
  inject = async (task: TaskRef, body: Uint8Array) => this.store({ place: this.placeOf(task), body });
  settle = () => new Promise<void>((resolve) => setImmediate(resolve));
  busy = async () => this.listeners;
}

export function isEnd(told: TaskEvent | undefined): boolean {
  return told?.kind === 'snapshot' && isTerminal(told.snapshot);
}
