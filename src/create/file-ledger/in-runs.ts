/**
 * Runs `work` once at a time. Who calls while a run is under way shares the next one with all who do: each call is
 * answered by a run that began after it.
 */
export function inRuns<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  let next: Promise<T> | undefined;
  return () => {
    if (!next) {
      next = last.then(() => {
        next = undefined;
        return work();
      });
      last = next.catch(() => undefined);
    }
    return next;
  };
}
