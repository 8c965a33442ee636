import { invalidArgument } from '../errors.js';
import { jsonBody } from './create-body.js';
import type { Dialect, ProviderOptions } from './dialect.js';
import type { ModelLimits } from './model-limits.js';
import type { Provider } from './provider.js';
import { providerOf } from './provider-of.js';

/** What {@link infinityBlue} takes; `baseUrl` is `https://api.getinfinityblue.com` and `name` is `infinity-blue` unless told otherwise. */
export type InfinityBlueOptions = ProviderOptions;

/** The vendor adds "availability depends on upstream account". Source: en-videos/seedance-20/create-seedance-video-task. */
const seedance2 = { resolutions: ['480p', '720p', '1080p'] } as const satisfies ModelLimits;

const dialect: Dialect = {
  label: 'infinityBlue',
  name: 'infinity-blue',
  baseUrl: 'https://api.getinfinityblue.com',
  path: '/v1/videos',
  guidance: { minMs: 5_000, maxMs: 10_000 },
  supports: { cancel: false, content: true, idempotency: false },
  limits: { 'doubao-seedance-2-0': seedance2, 'doubao-seedance-2-0-fast': seedance2 },
  create({ model, prompt, seconds, size, resolution, ratio, inputReference, extra }) {
    if (inputReference !== undefined) {
      throw invalidArgument(
        'create.inputReference',
        'nothing, as the API takes JSON: pass extra.metadata.content',
        inputReference,
      );
    }
    return jsonBody({ model, prompt, seconds: seconds?.toString(), size, resolution, ratio, ...extra });
  },
};

/**
 * Infinity Blue: Seedance tasks at `/v1/videos`, times in milliseconds, the video in `metadata.url` or behind
 * `/content`, "poll every 5–10 seconds".
 *
 * Source: the vendor's "Get Seedance video task status" (newdocs.getinfinityblue.com, en-videos/seedance-20). A cancel
 * and idempotency keys are not documented.
 *
 * @throws `INVALID_ARGUMENT` for a missing or malformed key, a bad `baseUrl` or `name`.
 * @example
 * ```ts
 * const provider = infinityBlue({ apiKey: 'sk-…' });
 * provider.ask({ kind: 'read', task: { provider: 'infinity-blue', id: 'video_abc123' } }).url;
 * // 'https://api.getinfinityblue.com/v1/videos/video_abc123'
 * ```
 */
export function infinityBlue(options: InfinityBlueOptions): Provider {
  return providerOf(dialect, options);
}
