import { cometapiModels } from './cometapi-models.js';
import { formBody } from './create-body.js';
import type { Dialect, ProviderOptions } from './dialect.js';
import type { Provider } from './provider.js';
import { providerOf } from './provider-of.js';

/** What {@link cometapi} takes; `baseUrl` is `https://api.cometapi.com` and `name` is `cometapi` unless told otherwise. */
export type CometapiOptions = ProviderOptions;

const dialect: Dialect = {
  label: 'cometapi',
  name: 'cometapi',
  baseUrl: 'https://api.cometapi.com',
  path: '/v1/videos',
  guidance: { minMs: 10_000, maxMs: 20_000 },
  supports: { cancel: false, content: true, idempotency: false },
  limits: cometapiModels,
  create({ model, prompt, seconds, size, resolution, ratio, inputReference, extra }) {
    // Seedance has its aspect ratio in `size`, 16:9 unless told otherwise.
    return formBody({
      prompt,
      model,
      seconds,
      size: size ?? ratio,
      resolution,
      input_reference: inputReference,
      ...extra,
    });
  },
};

/**
 * CometAPI: video tasks of many models at `/v1/videos`, times in seconds, the video in the top-level `video_url` (for
 * some models only behind `/content`), "poll every 10 to 20 seconds".
 *
 * Source: the vendor's "Retrieve a Seedance video" and "Create a Seedance video" (apidoc.cometapi.com,
 * api/video/seedance). A cancel and idempotency keys are not documented.
 *
 * @throws `INVALID_ARGUMENT` for a missing or malformed key, a bad `baseUrl` or `name`.
 * @example
 * ```ts
 * const provider = cometapi({ apiKey: 'sk-…' });
 * provider.ask({ kind: 'read', task: { provider: 'cometapi', id: 'task_abc123' } }).url;
 * // 'https://api.cometapi.com/v1/videos/task_abc123'
 * ```
 */
export function cometapi(options: CometapiOptions): Provider {
  return providerOf(dialect, options);
}
