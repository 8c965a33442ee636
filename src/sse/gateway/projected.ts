import type { Snapshot } from '../../task/snapshot.js';

/**
 * A snapshot as a browser sees it when nobody says otherwise: without `raw`, the body as received, and without
 * `videoUrl`, since whoever has a signed link has the video. A page plays it through the gateway's `/content`. A
 * `project` of your own can begin with it.
 *
 * @example
 * ```ts
 * const shown = withoutSecrets(snapshot);
 * console.log(shown.status, 'raw' in shown, 'videoUrl' in shown); // completed false false
 * ```
 */
export function withoutSecrets(snapshot: Snapshot): Snapshot {
  if (snapshot.raw === undefined && !('videoUrl' in snapshot)) return snapshot;
  const { raw: _, videoUrl: __, ...rest } = snapshot as Snapshot & { readonly videoUrl?: string };
  return Object.freeze(rest) as Snapshot;
}
