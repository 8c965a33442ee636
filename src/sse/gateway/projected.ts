import type { Snapshot } from '../../task/snapshot.js';

/**
 * What a browser sees when nobody says otherwise: no body as received, and no link, since whoever has a signed link has
 * the video. A page plays it through the gateway's `/content`.
 */
export function withoutSecrets(snapshot: Snapshot): Snapshot {
  if (snapshot.raw === undefined && !('videoUrl' in snapshot)) return snapshot;
  const { raw: _, videoUrl: __, ...rest } = snapshot as Snapshot & { readonly videoUrl?: string };
  return Object.freeze(rest) as Snapshot;
}
