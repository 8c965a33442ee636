import type { JetStreamClient } from '@nats-io/jetstream';
import { tellsEnd } from '../../../src/bridges/envelope/cloud-event.js';
import { readCloudEvent } from '../../../src/bridges/envelope/from-cloud-event.js';
import type { TaskEvent } from '../../../src/operators/task-event.js';
import type { Life } from './crew.js';
import type { Absence } from './mayhem.js';
import type { Read } from './studio.js';

/** What a stream says of one task, oldest first. */
export type Story = readonly { readonly id: unknown; readonly told: TaskEvent }[];

/** Reads the stream of news whole. */
export async function storiesIn(
  js: JetStreamClient,
  stream: string,
  subject: string,
): Promise<ReadonlyMap<string, Story>> {
  const stories = new Map<string, { id: unknown; told: TaskEvent }[]>();
  const consumer = await js.consumers.get(stream, { filter_subjects: `${subject}.>` });
  let left = (await consumer.info()).num_pending;
  while (left > 0) {
    for await (const message of await consumer.fetch({ max_messages: Math.min(left, 1_000), expires: 5_000 })) {
      left--;
      const event = readCloudEvent(message.data);
      if (!event) throw new Error(`no news: ${message.string()}`);
      const { told } = event;
      const story = stories.get(told.task.id) ?? [];
      stories.set(told.task.id, [...story, { id: event.attributes['id'], told }]);
    }
  }
  return stories;
}

/** How a story ended, once at its end and nowhere before; or what is wrong with it. */
export function endOf(story: Story): string {
  const isEnd = ({ told }: Story[number]) => told.kind === 'lost' || tellsEnd(told);
  const ends = story.filter(isEnd).length;
  const last = story.at(-1);
  if (!last || ends !== 1 || !isEnd(last)) return `${ends} ends: ${story.map(({ id }) => id).join(', ')}`;
  return last.told.kind === 'lost' ? `lost: ${last.told.error.code}` : last.told.snapshot.status;
}

/** News that is what was told just before. */
export function repeatsIn(story: Story): Story {
  return story.filter(({ id }, nth) => nth > 0 && story[nth - 1]?.id === id);
}

/** Whether the worker was stopped or killed while it read: then nobody could keep it from reading on. */
export function wasStopped({ sentMs, toMs }: Read, { stops, killedMs }: Life): boolean {
  return toMs >= killedMs || stops.some((stop) => sentMs <= stop.toMs && toMs >= stop.fromMs);
}

/** Whether the broker went while the worker read: killed, it may forget what it handed out last, and hand it out again. */
export function wasCut({ sentMs, toMs }: Read, absences: readonly Absence[]): boolean {
  return absences.some(([fromMs, backMs]) => sentMs <= backMs && toMs >= fromMs);
}

/** Reads of one task that were under way at once. */
export function overlapsOf(reads: readonly Read[]): readonly (readonly [Read, Read])[] {
  const sorted = [...reads].sort((a, b) => (a.task < b.task ? -1 : a.task > b.task ? 1 : a.fromMs - b.fromMs));
  const overlaps: [Read, Read][] = [];
  let before: Read | undefined;
  for (const read of sorted) {
    if (before?.task !== read.task) before = undefined;
    if (before && read.fromMs < before.toMs) overlaps.push([before, read]);
    if (!before || read.toMs > before.toMs) before = read;
  }
  return overlaps;
}
