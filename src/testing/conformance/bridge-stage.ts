import { type CloudEvent, toCloudEvent } from '../../bridges/envelope/cloud-event.js';
import { fromCloudEvent } from '../../bridges/envelope/from-cloud-event.js';
import type { TaskEvent } from '../../operators/task-event.js';
import { isSameTask, type TaskRef } from '../../task/ref.js';
import type { CompletedSnapshot, FailedSnapshot, Snapshot } from '../../task/snapshot.js';
import { type FactsOf, snapshotOf } from '../marbles.js';
import type { BusWorld } from './bridge-manifest.js';
import { claim, shown } from './claim.js';
import type { SourceWorld } from './source-manifest.js';
import { type Listener, SourceStage } from './source-stage.js';

/** A message of a bus, and the news in it. */
export interface Stored {
  readonly text: string;
  readonly told: TaskEvent | undefined;
}

/** A bus with somebody to publish to it and to look into it. */
export class BridgeStage {
  readonly task: TaskRef;

  constructor(
    readonly world: BusWorld,
    readonly provider: string,
  ) {
    this.task = this.ref('task_1');
  }

  ref(id: string): TaskRef {
    return { provider: this.provider, id };
  }

  /** The same each time it is asked for, as an event that is published once more is. */
  event(
    status: Snapshot['status'],
    task = this.task,
    facts: FactsOf<CompletedSnapshot> | FactsOf<FailedSnapshot> = {},
  ): CloudEvent {
    return toCloudEvent(snapshotOf(status, { ...facts, task }), 1_800_000_000_000);
  }

  /** Publishes one after the other, each once the one before is acknowledged. */
  async publish(...events: readonly CloudEvent[]): Promise<void> {
    for (const event of events) await this.world.publisher.publish(event);
  }

  async stored(): Promise<readonly Stored[]> {
    return Array.from(await this.world.events(), (body) => {
      const text = typeof body === 'string' ? body : new TextDecoder().decode(body);
      return { text, told: fromCloudEvent(body) };
    });
  }

  /** What the bus holds of a task, as ids of events, oldest first. */
  async idsOf(task: TaskRef): Promise<readonly string[]> {
    const stored = await this.stored();
    return stored.flatMap(({ told, text }) => (told && isSameTask(told.task, task) ? [idOf(text)] : []));
  }

  /** Fails unless the bus holds these events of a task, in order; one that was published twice may be there twice. */
  async claimStored(task: TaskRef, expected: readonly CloudEvent[], why: string): Promise<void> {
    const ids = withoutRepeats(await this.idsOf(task));
    const wanted = expected.map(({ id }) => id);
    claim(ids.join('\n') === wanted.join('\n'), `${why}: expected on the bus ${shown(wanted)}, found ${shown(ids)}`);
  }

  /** Somebody who listens to the bus's source; `undefined` where it has none. */
  async listen(task = this.task): Promise<Listener | undefined> {
    const source = sourceWorld(this.world);
    return source && new SourceStage(source, this.provider).listen(task);
  }
}

/** The world of the bus's source, in which what is said is published; `undefined` where it has none. */
export function sourceWorld(world: BusWorld): SourceWorld | undefined {
  const { source, publisher } = world;
  if (!source) return undefined;
  let busy = 0;
  return {
    source,
    async say(snapshot) {
      await publisher.publish(toCloudEvent(snapshot, 1_800_000_000_000));
    },
    async settle() {
      await world.settle();
      busy = (await world.busy?.()) ?? 0;
    },
    busy: () => busy,
  };
}

/** The statuses that were heard, without repetitions. */
export function newsOf({ heard }: Listener): string {
  return withoutRepeats(heard.map(({ status }) => status)).join(' ');
}

/** What is the same as the one before it is left out. */
export function withoutRepeats<T>(all: readonly T[]): readonly T[] {
  return all.filter((one, i) => i === 0 || one !== all[i - 1]);
}

/** Fails unless `told` is what `event` tells, attribute by attribute. */
export function claimSame({ text, told }: Stored, event: CloudEvent): void {
  claim(told !== undefined, `what is on the bus must be the JSON of an event that can be read, but is ${shown(text)}`);
  const { data, ...attributes } = JSON.parse(text) as CloudEvent;
  const { data: given, ...expected } = event;
  for (const [name, value] of Object.entries(expected)) {
    const found = attributes[name as keyof typeof attributes];
    claim(found === value, `${name} must be ${shown(value)}, but is ${shown(found)}`);
  }
  const news = JSON.stringify(fromCloudEvent(event));
  claim(
    JSON.stringify(told) === news,
    `what is read must be what was published, ${shown(given)}, but is ${shown(data)}`,
  );
}

/** The id of the event in a body that is one. */
export function idOf(text: string): string {
  return (JSON.parse(text) as CloudEvent).id;
}
