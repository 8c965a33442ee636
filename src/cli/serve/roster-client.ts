import { defer, from, tap } from 'rxjs';
import { RushesError } from '../../errors.js';
import { type Client, createClient, type TaskRef } from '../../index.js';
import type { Entry, Roster } from './roster.js';

/** One client for all tasks of a roster, wherever each is asked for; it knows no others. */
export function rosterClient(roster: Roster): Client {
  const entryOf = (task: TaskRef): Entry => {
    const entry = roster.find(task);
    if (!entry) throw new RushesError('NOT_FOUND', 'the board has no such task', { task });
    return entry;
  };
  const hear = tap((snapshot: Parameters<Roster['hear']>[0]) => roster.hear(snapshot));
  return createClient(
    {
      watch: (task) =>
        defer(() => {
          const { client, known } = entryOf(task);
          return client.watch(known ?? task);
        }).pipe(hear),
      read: (task) => defer(() => from(entryOf(task).client.read(task))).pipe(hear),
      content: async (task, options) => entryOf(task).client.content(task, options),
    },
    // The clients that ask have deadlines of their own.
    { deadlineMs: Number.POSITIVE_INFINITY },
  );
}
