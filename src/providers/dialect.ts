import type { CreateInput } from './create-input.js';
import type { LimitsByModel } from './model-limits.js';
import type { ApiKey, HttpRequest, PollGuidance, Provider } from './provider.js';

/** What every provider takes. */
export interface ProviderOptions {
  /**
   * The key of an account, or a function that is asked for it at each use. Visible ASCII; newlines at its end are
   * dropped.
   */
  readonly apiKey: ApiKey | undefined;
  /**
   * What stands before the dialect's paths: https, or http on a loopback host; a path prefix stays.
   *
   * @defaultValue the vendor's own
   */
  readonly baseUrl?: string | undefined;
  /**
   * `TaskRef.provider` of its tasks: 1-64 of `a-z`, `0-9` and `-`, one for each gateway and account of a client.
   *
   * @defaultValue the dialect's
   */
  readonly name?: string | undefined;
  /**
   * What models take, by their name, over what the vendor documents: checked by `create` before anything is sent.
   * `false` for a model checks nothing of it, `false` alone checks nothing at all.
   *
   * @defaultValue what the vendor documents
   */
  readonly limits?: LimitsByModel | false | undefined;
}

/** What makes one API differ from the others; `providerOf` makes a provider of it. */
export interface Dialect {
  /** The function a user calls, as it is named in errors about its options. */
  readonly label: string;
  /** The default of `name`. */
  readonly name: string;
  /** The default of `baseUrl`; without one the option is required. */
  readonly baseUrl?: string;
  /** The path of all tasks. */
  readonly path: string;
  readonly guidance: PollGuidance;
  readonly deadlineMs?: number;
  readonly supports: Provider['supports'];
  /** What its documents say that models take. */
  readonly limits?: LimitsByModel;
  /** Words the body of a create. @throws `INVALID_ARGUMENT` for an input that the API cannot take. */
  create(input: CreateInput): Pick<HttpRequest, 'headers' | 'body'>;
  /** Words the query of a list, where there is one. */
  list?(asked: { readonly model: string | undefined; readonly page: number }): Readonly<Record<string, string>>;
}
