import type { ProviderName } from '../dialects/dialect.js';
import { createRandom, letters } from '../random.js';
import { mp4Of } from './mp4.js';
import { serveBytes } from './serve-bytes.js';

/** The videos that a simulator serves. */
export interface MediaOptions {
  /** How long a signed link works, in simulated milliseconds. A later read of the task signs a new one. @defaultValue `86_400_000` */
  readonly linkTtlMs?: number;
  /** Length of the video files. Never less than the clip has, 2 KB. @defaultValue `0` */
  readonly videoSizeBytes?: number;
}

/** The store of finished videos, which asks for no key but for a link that is signed and not expired. */
export interface Media {
  /** Path and query of the link to a video; the same until it expires. */
  link(provider: ProviderName, id: string, completedAtMs: number, nowMs: number): string;
  /** Answers a GET for a link. */
  serve(request: Request, provider: ProviderName, id: string, nowMs: number): Response;
  /** Answers with the video itself, to whom may have it. */
  video(request: Request, provider: ProviderName, id: string): Response;
}

/** What the media route does when nobody says otherwise. */
export const mediaDefaults = Object.freeze({
  linkTtlMs: 86_400_000,
  videoSizeBytes: 0,
} satisfies Required<MediaOptions>);

/** The media route of a simulator. */
export function createMedia(seed: number | string, options: MediaOptions = {}): Media {
  const { linkTtlMs, videoSizeBytes } = { ...mediaDefaults, ...options };
  const sign = (...parts: readonly (string | number)[]) => letters(createRandom([seed, ...parts].join('/')), 16);

  function video(request: Request, provider: ProviderName, id: string): Response {
    const bytes = mp4Of(`${provider}/${id}`, { sizeBytes: videoSizeBytes });
    return serveBytes(request, { bytes, contentType: 'video/mp4', etag: `"${sign(provider, id, 'etag')}"` });
  }

  return {
    link(provider, id, completedAtMs, nowMs) {
      const expiresMs = completedAtMs + linkTtlMs * (Math.floor((nowMs - completedAtMs) / linkTtlMs) + 1);
      const signature = sign(provider, id, expiresMs);
      return `/media/${provider}/${encodeURIComponent(id)}.mp4?expires=${expiresMs}&sig=${signature}`;
    },
    serve(request, provider, id, nowMs) {
      const query = new URL(request.url).searchParams;
      const expiresMs = Number(query.get('expires'));
      if (query.get('sig') !== sign(provider, id, expiresMs)) return denied('SignatureDoesNotMatch');
      return nowMs < expiresMs ? video(request, provider, id) : denied('AccessDenied', 'Request has expired');
    },
    video,
  };
}

function denied(code: string, message = code): Response {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return new Response(xml, { status: 403, headers: { 'content-type': 'application/xml' } });
}
