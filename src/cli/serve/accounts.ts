import type { Client, Provider } from '../../index.js';
import { openProvider } from '../provider-choice.js';
import type { Shell } from '../shell.js';

/** Clients by the account that they ask, each made when it is first needed. */
export class Accounts {
  readonly #clients = new Map<string, Client>();
  readonly #env: Shell['env'];
  readonly #clientOf: (provider: Provider) => Client;

  constructor(env: Shell['env'], clientOf: (provider: Provider) => Client) {
    this.#env = env;
    this.#clientOf = clientOf;
  }

  /** @throws WrongUsage for a missing key; `INVALID_ARGUMENT` for a malformed one, or a bad base URL. */
  at(provider: string, baseUrl: string | undefined): Client {
    const key = `${provider} ${baseUrl}`;
    const known = this.#clients.get(key);
    if (known) return known;
    const client = this.#clientOf(openProvider(provider, baseUrl, this.#env));
    this.#clients.set(key, client);
    return client;
  }
}
