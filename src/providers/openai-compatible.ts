import { formBody } from './create-body.js';
import type { Dialect, ProviderOptions } from './dialect.js';
import type { Provider } from './provider.js';
import { providerOf } from './provider-of.js';

/** What {@link openaiCompatible} takes; `name` is `openai-compatible` unless told otherwise. */
export interface OpenaiCompatibleOptions extends ProviderOptions {
  /** What stands before `/v1/videos`; there is no default, since OpenAI's own video API is gone. */
  readonly baseUrl: string;
}

const dialect: Dialect = {
  label: 'openaiCompatible',
  name: 'openai-compatible',
  path: '/v1/videos',
  guidance: { minMs: 10_000, maxMs: 20_000 },
  supports: { cancel: false, content: true, idempotency: false },
  create({ model, prompt, seconds, size, resolution, ratio, inputReference, extra }) {
    return formBody({ prompt, model, seconds, size, resolution, ratio, input_reference: inputReference, ...extra });
  },
};

/**
 * Any gateway that speaks OpenAI's `/v1/videos`, new-api among them: times in seconds, the video behind `/content`, for
 * some in `metadata.url`.
 *
 * Source: the `Video` type of openai-node (src/resources/videos.ts) and new-api's dto/openai_video.go. 10-20 s is the
 * advice of OpenAI's own guide; new-api looks upstream every 15 s. A cancel and idempotency keys are not documented.
 *
 * @throws `INVALID_ARGUMENT` for a missing or malformed key, a missing or bad `baseUrl`, a bad `name`.
 * @example
 * ```ts
 * const provider = openaiCompatible({ apiKey: 'sk-…', baseUrl: 'https://gateway.example.com', name: 'acme' });
 * provider.ask({ kind: 'content', task: { provider: 'acme', id: 'video_1' } }).url;
 * // 'https://gateway.example.com/v1/videos/video_1/content'
 * ```
 */
export function openaiCompatible(options: OpenaiCompatibleOptions): Provider {
  return providerOf(dialect, options);
}
