import { readFileSync } from 'node:fs';
import { messageOf } from '../errors.js';
import { ark, cometapi, infinityBlue, openaiCompatible, type Provider, type ProviderOptions } from '../index.js';
import type { Shell } from './shell.js';
import { WrongUsage } from './wrong-usage.js';

interface Choice {
  /** The variable that holds the key; with `_FILE` after it, the one that names a file with the key. */
  readonly variable: string;
  readonly make: (options: ProviderOptions) => Provider;
}

/** What `--provider` can name. */
const choices: ReadonlyMap<string, Choice> = new Map([
  ['cometapi', { variable: 'COMETAPI_KEY', make: cometapi }],
  ['infinity-blue', { variable: 'INFINITY_BLUE_API_KEY', make: infinityBlue }],
  ['ark', { variable: 'ARK_API_KEY', make: ark }],
  [
    'openai-compatible',
    {
      variable: 'OPENAI_COMPATIBLE_API_KEY',
      make: ({ baseUrl, ...options }) => {
        if (baseUrl === undefined)
          throw new WrongUsage('openai-compatible needs --base-url, since it has no usual one');
        return openaiCompatible({ ...options, baseUrl });
      },
    },
  ],
]);

/** The names that `--provider` takes. */
export const providerNames: readonly string[] = [...choices.keys()];

/** The variable that holds the key of each provider, by its name. */
export const keyVariables: Readonly<Record<string, string>> = Object.fromEntries(
  [...choices].map(([name, { variable }]) => [name, variable]),
);

type Env = Shell['env'];

/**
 * The name of the provider that is meant: the one that is named, or the one whose key is set.
 *
 * @throws WrongUsage where none or several are.
 */
export function chosenProvider(named: string | undefined, env: Env): string {
  if (named !== undefined) return named;
  const [sole, ...others] = providerNames.filter((name) => hasKey(name, env));
  if (sole !== undefined && others.length === 0) return sole;
  throw new WrongUsage(
    sole === undefined
      ? `no key is set: set the variable of a provider, ${oneOf([...choices].map(([name, { variable }]) => `${variable} (${name})`))}`
      : `keys of several providers are set: say which is meant with --provider ${oneOf([sole, ...others])}`,
  );
}

/** Whether the environment has a key of the provider, or names its file. */
export function hasKey(name: string, env: Env): boolean {
  const { variable = '' } = choices.get(name) ?? {};
  return Boolean(env[variable] || env[`${variable}_FILE`]);
}

/**
 * The provider of that name, with the key that the environment has.
 *
 * @throws WrongUsage for a missing key; `INVALID_ARGUMENT` for a malformed one, or a bad base URL.
 */
export function openProvider(name: string, baseUrl: string | undefined, env: Env): Provider {
  const choice = choices.get(name);
  if (!choice) throw new WrongUsage(`no provider is called ${name}: take ${oneOf(providerNames)}`);
  if (baseUrl !== undefined && /[?#]/.test(baseUrl)) {
    throw new WrongUsage('--base-url has no query and no fragment: leave out all from the ? or # on');
  }
  return choice.make({ apiKey: keyOf(name, choice, env), ...(baseUrl !== undefined && { baseUrl }) });
}

function keyOf(name: string, { variable }: Choice, env: Env): string {
  const key = env[variable];
  if (key) return key;
  const file = env[`${variable}_FILE`];
  if (!file)
    throw new WrongUsage(`the key of ${name} is missing: set ${variable}, or ${variable}_FILE to a file with it`);
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new WrongUsage(`${variable}_FILE names a file that cannot be read: ${messageOf(error)}`);
  }
}

function oneOf(names: readonly string[]): string {
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1)}` : names.join('');
}
