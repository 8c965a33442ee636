import type { FleetContext } from './fleet-context.js';

/**
 * Takes a watch out of the stream of work by its place. A purge of its subject would make a server of 2.9 forget the turns
 * of all other tasks.
 */
export async function removeWork({ manager, layout }: Pick<FleetContext, 'manager' | 'layout'>, seq: number) {
  const { streams } = manager;
  try {
    await streams.deleteMessage(layout.pollStream, seq);
  } catch (error) {
    // A worker may have been first.
    if (await streams.getMessage(layout.pollStream, { seq })) throw error;
  }
}
