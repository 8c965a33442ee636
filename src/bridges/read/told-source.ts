import { type Observable, share } from 'rxjs';
import type { SnapshotSource } from '../../watch/snapshot-source.js';
import type { BusSourceOptions } from './bus-source-options.js';
import { type BusMessage, type Gap, readNews } from './read-news.js';
import { snapshotsOf } from './snapshots-of.js';

/** A source over all messages of a bus, which are read once however many tasks are watched. Who comes late hears only what comes. */
export function toldSource(messages: Observable<BusMessage | Gap>, options: BusSourceOptions): SnapshotSource {
  const news = messages.pipe(readNews(options), share());
  return (task) => news.pipe(snapshotsOf(task, options));
}
