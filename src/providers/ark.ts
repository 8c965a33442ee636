import { invalidArgument } from '../errors.js';
import { jsonBody } from './create-body.js';
import type { CreateInput } from './create-input.js';
import type { Dialect, ProviderOptions } from './dialect.js';
import type { Provider } from './provider.js';
import { providerOf } from './provider-of.js';

/** What {@link ark} takes; `baseUrl` is `https://ark.ap-southeast.bytepluses.com/api/v3` and `name` is `ark` unless told otherwise. */
export type ArkOptions = ProviderOptions;

const dialect: Dialect = {
  label: 'ark',
  name: 'ark',
  baseUrl: 'https://ark.ap-southeast.bytepluses.com/api/v3',
  path: '/contents/generations/tasks',
  guidance: { minMs: 10_000, maxMs: 20_000 },
  deadlineMs: 172_800_000,
  supports: { cancel: true, content: false, idempotency: false, list: true },
  create(input: CreateInput) {
    const { model, prompt, seconds, size, resolution, ratio, inputReference } = input;
    const { content = [], ...extra } = input.extra ?? {};
    if (!Array.isArray(content)) throw invalidArgument('create.extra.content', 'a list', content);
    if ('duration' in extra)
      throw invalidArgument('create.extra.duration', 'nothing, as it is seconds', extra['duration']);
    if (size !== undefined)
      throw invalidArgument('create.size', 'nothing, as the API takes resolution and ratio', size);
    if (inputReference !== undefined) {
      throw invalidArgument(
        'create.inputReference',
        'nothing, as the API takes JSON: pass extra.content',
        inputReference,
      );
    }
    const parts: unknown[] = [{ type: 'text', text: prompt }, ...content];
    return jsonBody({ model, content: parts, duration: seconds, resolution, ratio, ...extra });
  },
  list: ({ model, page }) => ({
    page_num: String(page),
    page_size: '100',
    ...(model !== undefined && { 'filter.model': model }),
  }),
};

/**
 * ByteDance's Ark (BytePlus ModelArk, Volcengine), where Seedance comes from: no progress, the video in
 * `content.video_url` for 24 hours, times in seconds. It can cancel a task that is still queued; the same DELETE erases
 * the record of one that has ended.
 *
 * Source: Volcengine's documents 82379/1521309 (query) and 82379/1299023 (errors). A task runs out after
 * `execution_expires_after`, 172,800 s by default, which is `deadlineMs`. How often to ask is not documented; 10-20 s is
 * what gateways on top of it say for the same models.
 *
 * @throws `INVALID_ARGUMENT` for a missing or malformed key, a bad `baseUrl` or `name`.
 * @example
 * ```ts
 * const provider = ark({ apiKey: 'key-…', baseUrl: 'https://ark.cn-beijing.volces.com/api/v3' });
 * provider.ask({ kind: 'cancel', task: { provider: 'ark', id: 'cgt-1' } }).method; // 'DELETE'
 * ```
 */
export function ark(options: ArkOptions): Provider {
  return providerOf(dialect, options);
}
