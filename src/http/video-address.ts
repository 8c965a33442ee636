import { invalidArgument } from '../errors.js';
import { parsed } from './origin.js';

/** Where the address of a video may lead. An address in an answer is a stranger's word. */
export interface AddressRules {
  /**
   * The only hosts that videos are fetched from: `cdn.example.com`, `*.example.com` for all below it, or with one port
   * only, `cdn.example.com:8443`. Wherever their names lead, it must not be a private network.
   *
   * @defaultValue any host
   */
  readonly allowHosts?: readonly string[];
  /** Fetch videos over plain http too. @defaultValue `false`, but `true` where the provider itself is on loopback */
  readonly allowHttp?: boolean;
}

/** Says of addresses why they are not opened; `undefined` of those that may be. */
export interface AddressPolicy {
  /** By what the address itself says. */
  ofUrl(url: URL): string | undefined;
  /** By the IP address that its name leads to. */
  ofIp(address: string): string | undefined;
}

/** @throws `INVALID_ARGUMENT` naming the option. */
export function checkAddressRules({ allowHosts, allowHttp }: AddressRules): void {
  if (allowHttp !== undefined && typeof allowHttp !== 'boolean')
    throw invalidArgument('allowHttp', 'a boolean', allowHttp);
  if (allowHosts === undefined) return;
  if (!Array.isArray(allowHosts)) throw invalidArgument('allowHosts', 'a list of hosts', allowHosts);
  const wrong = allowHosts.findIndex((entry) => hostIn(entry) === undefined);
  if (wrong >= 0) throw invalidArgument('allowHosts', 'hosts like cdn.example.com or *.example.com', allowHosts[wrong]);
}

/**
 * The rules for the videos of the provider at `baseUrl`: https, without userinfo, and nowhere but on the public internet. A
 * provider that is itself on loopback, or at a private address, may serve videos in the same class of addresses.
 */
export async function addressPolicy(
  baseUrl: string,
  { allowHosts, allowHttp = false }: AddressRules,
): Promise<AddressPolicy> {
  const rangeOf = await ranges();
  const home = new URL(baseUrl);
  const homeRange = rangeOfHost(home, rangeOf);
  const mayBeHttp = allowHttp || homeRange === 'loopback';
  const isForeign = (range: string) => range !== 'public' && range !== homeRange;
  return {
    ofUrl(url) {
      if (url.protocol !== 'https:' && !(url.protocol === 'http:' && mayBeHttp)) return 'only https is';
      if (url.username !== '' || url.password !== '') return 'it holds a user name';
      if (allowHosts && !allowHosts.some((entry) => names(entry, url))) return 'allowHosts does not name it';
      const range = rangeOfHost(url, rangeOf);
      return range !== undefined && isForeign(range) ? `its address is ${range}` : undefined;
    },
    ofIp(address) {
      const range = rangeOf(address);
      return isForeign(range) ? `its name leads to an address that is ${range}` : undefined;
    },
  };
}

/** The host of an entry of `allowHosts` as addresses have it, after a star if it has one. */
function hostIn(entry: unknown): URL | undefined {
  if (typeof entry !== 'string') return undefined;
  const host = entry.replace(/^\*\./, '');
  const url = host.includes('*') ? undefined : parsed(`https://${host}`);
  return url?.href === `https://${url?.host}/` ? url : undefined;
}

function names(entry: string, { hostname, port }: URL): boolean {
  const named = hostIn(entry);
  if (!named || (named.port !== '' && named.port !== port)) return false;
  return entry.startsWith('*.') ? hostname.endsWith(`.${named.hostname}`) : hostname === named.hostname;
}

/** The range of a host that is an address, or a name that always means this machine; `undefined` for other names. */
function rangeOfHost({ hostname }: URL, rangeOf: (address: string) => string): string | undefined {
  const host = hostname.replace(/\.$/, '');
  if (host === 'localhost' || host.endsWith('.localhost')) return 'loopback';
  const isAddress = host.startsWith('[') || /^[\d.]+$/.test(host);
  return isAddress ? rangeOf(host.replace(/^\[|\]$/g, '')) : undefined;
}

/** Says what an IP address is: `public`, or the name of a range that is not, such as `loopback` or `link local`. */
async function ranges(): Promise<(address: string) => string> {
  const { default: ipaddr } = await import('ipaddr.js');
  const nat64 = ipaddr.parseCIDR('64:ff9b::/96');
  const global = ipaddr.parseCIDR('2000::/3');
  return (address) => {
    if (!ipaddr.isValid(address)) return 'malformed';
    const plain = ipaddr.process(address);
    const ip =
      plain.kind() === 'ipv6' && plain.match(nat64) ? ipaddr.fromByteArray(plain.toByteArray().slice(12)) : plain;
    const range = ip.range();
    if (range !== 'unicast') return range.replace(/[A-Z]/g, (capital) => ` ${capital.toLowerCase()}`);
    return ip.kind() === 'ipv6' && !ip.match(global) ? 'reserved' : 'public';
  };
}
