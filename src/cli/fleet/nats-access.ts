import { readFileSync } from 'node:fs';
import { messageOf } from '../../errors.js';
import type { Shell } from '../shell.js';
import { WrongUsage } from '../wrong-usage.js';

/** Where NATS is when nobody says it. */
export const usualNats = 'nats://127.0.0.1:4222';

/** Who we are to NATS. */
export type NatsUser =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'creds'; readonly path: string }
  | { readonly kind: 'user'; readonly user: string; readonly password: string }
  | { readonly kind: 'token'; readonly token: string };

/** Where NATS is, and who we are there. */
export interface NatsAccess {
  /** Hosts with ports, any of which will do. */
  readonly servers: readonly string[];
  /** The same as it is shown. */
  readonly address: string;
  /** Whether nothing may be said unencrypted. */
  readonly isSecure: boolean;
  readonly user: NatsUser;
}

type Env = Shell['env'];

/**
 * Where NATS is by the option and the environment.
 *
 * @param given - What `--nats` says.
 * @throws WrongUsage for what is no address, holds a password, or names credentials that are not there.
 */
export function natsAccess(given: string | undefined, env: Env): NatsAccess {
  const [name, text] = given === undefined ? ['NATS_URL', env['NATS_URL'] || usualNats] : ['--nats', given];
  const urls = text.split(',').map((part) => urlOf(name, part.trim()));
  return {
    servers: urls.map(({ host }) => host),
    address: urls.map(({ protocol, host }) => `${protocol}//${host}`).join(','),
    isSecure: urls.some(({ protocol }) => protocol === 'tls:'),
    user: userOf(env),
  };
}

function urlOf(name: string, text: string): URL {
  const address = text.includes('://') ? text : `nats://${text}`;
  const url = URL.canParse(address) ? new URL(address) : undefined;
  // What was given is not shown: it may hold a password.
  if (!url || !['nats:', 'tls:'].includes(url.protocol) || isNoHost(url.hostname))
    throw new WrongUsage(`${name}: expected an address such as ${usualNats} or tls://nats.example:4222`);
  if (url.username || url.password)
    throw new WrongUsage(`${name} holds a user or a token: set NATS_USER and NATS_PASSWORD, or NATS_TOKEN, instead`);
  if (url.search || url.hash || !['', '/'].includes(url.pathname))
    throw new WrongUsage(`${name}: expected a host and a port, and nothing after them`);
  return url;
}

/** A bare number is meant for a port. */
function isNoHost(name: string): boolean {
  return name === '' || /^\d+$/.test(name);
}

function userOf(env: Env): NatsUser {
  const [path, user] = [env['NATS_CREDS'], env['NATS_USER']];
  const [password, token] = [secretOf('NATS_PASSWORD', env), secretOf('NATS_TOKEN', env)];
  const ways = [path && 'NATS_CREDS', (user || password) && 'NATS_USER', token && 'NATS_TOKEN'].filter(Boolean);
  if (ways.length > 1) throw new WrongUsage(`${ways.join(' and ')} are set: NATS knows us by one of them only`);
  if (path) return { kind: 'creds', path };
  if (token) return { kind: 'token', token };
  if (!user && !password) return { kind: 'nobody' };
  if (!user || !password) {
    const [there, missing] = user
      ? ['NATS_USER', 'NATS_PASSWORD or NATS_PASSWORD_FILE']
      : ['NATS_PASSWORD', 'NATS_USER'];
    throw new WrongUsage(`${there} is set, and ${missing} is missing`);
  }
  return { kind: 'user', user, password };
}

function secretOf(variable: string, env: Env): string | undefined {
  const secret = env[variable];
  if (secret) return secret;
  const file = env[`${variable}_FILE`];
  if (!file) return undefined;
  const held = contentOf(`${variable}_FILE`, file)
    .toString('utf8')
    .replace(/\r?\n$/, '');
  if (held === '') throw new WrongUsage(`${variable}_FILE names a file that is empty`);
  return held;
}

/** What is in a file that a variable names. @throws WrongUsage where it cannot be read. */
export function contentOf(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new WrongUsage(`${variable} names a file that cannot be read: ${messageOf(error)}`);
  }
}
