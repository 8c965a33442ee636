import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { type CloudEvent, tellsEnd } from '../bridges/envelope/cloud-event.js';
import { readCloudEvent } from '../bridges/envelope/from-cloud-event.js';
import { eventHeaders, isPreceded } from '../bridges/nats/nats-event.js';
import type { TaskEvent } from '../operators/task-event.js';
import { isSameTask, type TaskRef } from '../task/ref.js';
import type { Layout } from './layout.js';

/** The last message of a task's news. */
export interface LastEvent {
  /** Its place: what is to follow it is stored only if nothing else did. 0 where there is none. */
  readonly seq: number;
  /** When it was stored, in epoch milliseconds of the server's clock. */
  readonly storedMs?: number;
  /** Which watch it is from: the place of its submit in the stream of work. */
  readonly generation?: number;
  /** What it tells; absent where it is no news of the task. */
  readonly told?: TaskEvent;
}

/** The news of tasks, as the steps of a watch need it. */
export interface EventLog {
  /** The last message of the task. */
  last(task: TaskRef): Promise<LastEvent>;
  /** Stores an event as what follows `after`. `undefined` when something else already does. */
  append(event: CloudEvent, generation: number, after: number): Promise<number | undefined>;
}

/** How the watch of a generation stands by the last event: over for good, over for this watch, or going on. */
export function standing({ told, generation }: LastEvent, watch: number): 'finished' | 'lost' | 'live' {
  if (told && tellsEnd(told)) return 'finished';
  return told?.kind === 'lost' && generation !== undefined && generation >= watch ? 'lost' : 'live';
}

/** Which watch of its task an event is from: the place of its submit in the stream of work. */
export const generationHeader = 'Rushes-Generation';

/** The news of tasks in a stream of NATS. */
export class StreamEvents implements EventLog {
  constructor(
    private readonly js: JetStreamClient,
    private readonly manager: JetStreamManager,
    private readonly layout: Layout,
  ) {}

  async last(task: TaskRef): Promise<LastEvent> {
    const { streams } = this.manager;
    const message = await streams.getMessage(this.layout.eventStream, { last_by_subj: this.layout.eventSubject(task) });
    if (!message) return { seq: 0 };
    const event = readCloudEvent(message.data);
    const generation = generationOf(message.header.get(generationHeader));
    return {
      seq: message.seq,
      storedMs: message.time.getTime(),
      ...(generation !== undefined && { generation }),
      ...(event && isSameTask(event.told.task, task) && { told: event.told }),
    };
  }

  async append(event: CloudEvent, generation: number, after: number): Promise<number | undefined> {
    const fields = eventHeaders();
    fields.set(generationHeader, String(generation));
    try {
      const { seq } = await this.js.publish(this.layout.eventSubject(event.data.task), JSON.stringify(event), {
        headers: fields,
        expect: { lastSubjectSequence: after },
      });
      return seq;
    } catch (error) {
      if (isPreceded(error)) return undefined;
      throw error;
    }
  }
}

/** Which watch an event is from, by its header. */
export function generationOf(header: string | undefined): number | undefined {
  const generation = Number(header);
  return header && Number.isSafeInteger(generation) && generation > 0 ? generation : undefined;
}
