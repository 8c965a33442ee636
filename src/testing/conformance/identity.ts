import { providerNameProblem } from '../../task/ref.js';
import { claim, shown } from './claim.js';
import { everyText, showsKey } from './key-search.js';
import type { Chapter } from './subject.js';

/** What a provider says of itself. */
export const identity: Chapter = [
  {
    name: 'it has a name that refs can carry',
    check({ provider: { name } }) {
      const problem = providerNameProblem(name);
      claim(problem === undefined, `name must be ${problem}, but is ${shown(name)}`);
    },
  },
  {
    name: 'it has a safe address of its own',
    check({ provider: { baseUrl } }) {
      const url = URL.canParse(baseUrl) ? new URL(baseUrl) : undefined;
      const isLoopback = /^(?:localhost|.+\.localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url?.hostname ?? '');
      claim(
        url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopback),
        `baseUrl must be https, or http on a loopback host, but is ${shown(baseUrl)}`,
      );
      claim(
        !/[?#@]|\/$/.test(baseUrl),
        `baseUrl must have no query, fragment, userinfo or trailing slash, but is ${shown(baseUrl)}`,
      );
    },
  },
  {
    name: 'its guidance is a range of milliseconds',
    check({ provider: { guidance, deadlineMs = Number.POSITIVE_INFINITY } }) {
      const { minMs, maxMs } = guidance;
      claim(
        minMs > 0 && minMs <= maxMs && maxMs <= 3_600_000,
        `guidance must be 0 < minMs <= maxMs <= an hour, but is ${shown(guidance)}`,
      );
      claim(deadlineMs > maxMs, `deadlineMs must be longer than guidance.maxMs, but is ${shown(deadlineMs)}`);
    },
  },
  {
    name: 'it supports what the manifest says',
    check({ provider, manifest }) {
      for (const what of ['cancel', 'content', 'idempotency'] as const) {
        const [is, expected] = [provider.supports[what], manifest.supports[what]];
        claim(is === expected, `supports.${what} must be ${expected}, but is ${shown(is)}`);
      }
    },
  },
  {
    name: 'it gives its key when asked',
    async check({ provider, manifest }) {
      claim((await provider.key()) === manifest.apiKey, 'key() must give the key that the provider was made with');
    },
  },
  {
    name: 'no look at it shows its key',
    check({ provider, manifest: { apiKey } }) {
      const told = `${JSON.stringify(provider)} ${everyText(provider)}`;
      claim(!showsKey(told, apiKey), 'the key must not be reachable by looking at the provider, but is');
    },
  },
];
