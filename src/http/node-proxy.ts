import { BlockList, isIP } from 'node:net';
import { RushesError } from '../errors.js';
import { originOf, parsed } from './origin.js';

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8);
loopback.addAddress('::1', 'ipv6');
// Systems take the unspecified address for their own.
loopback.addAddress('0.0.0.0');
loopback.addAddress('::', 'ipv6');

/**
 * Which proxy the environment wants for a target: `https_proxy` for https, `http_proxy` for http, unless `no_proxy` names
 * the host. In capitals too, but for `HTTP_PROXY` in a CGI program, where a request's header sets it.
 *
 * A loopback target never has one: the tunnel would show the key to whoever runs the proxy.
 *
 * @throws `INVALID_ARGUMENT` for a plain http target that would go through a proxy, and a proxy that is not http(s).
 */
export function proxyRule(env: Readonly<Record<string, string | undefined>>): (target: URL) => URL | undefined {
  const https = env['https_proxy'] ?? env['HTTPS_PROXY'];
  const http = env['http_proxy'] ?? (env['REQUEST_METHOD'] === undefined ? env['HTTP_PROXY'] : undefined);
  const isExempt = exemption(env['no_proxy'] ?? env['NO_PROXY'] ?? '');
  return (target) => {
    const proxy = target.protocol === 'https:' ? https : http;
    if (!proxy || isLoopback(target) || isExempt(target)) return undefined;
    if (target.protocol === 'https:') return proxyAt(proxy);
    throw new RushesError(
      'INVALID_ARGUMENT',
      `${originOf(target)}: the proxy of the environment could read plain http; use https, or name the host in no_proxy`,
    );
  };
}

/** The host of an address as sockets take it: an IPv6 address without its brackets. */
export function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

function isLoopback(target: URL): boolean {
  const host = hostOf(target).replace(/\.$/, '');
  return host === 'localhost' || host.endsWith('.localhost') || contains(loopback, host);
}

/** What is no address may hold a password, so that it is not shown. */
function proxyAt(address: string): URL {
  const url = parsed(address.includes('://') ? address : `http://${address}`);
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return url;
  throw new RushesError('INVALID_ARGUMENT', 'https_proxy: expected the address of an http or https proxy');
}

function exemption(list: string): (target: URL) => boolean {
  const entries = list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '');
  if (entries.includes('*')) return () => true;
  const subnets = new BlockList();
  for (const entry of entries) addSubnet(subnets, entry);
  return (target) => {
    const host = hostOf(target);
    const port = target.port || (target.protocol === 'https:' ? '443' : '80');
    return contains(subnets, host) || entries.some((entry) => names(entry, host, port));
  };
}

function addSubnet(subnets: BlockList, entry: string): void {
  const [network = '', prefix = ''] = entry.split('/');
  const family = isIP(network);
  if (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) return;
  subnets.addSubnet(network, Number(prefix), family === 4 ? 'ipv4' : 'ipv6');
}

/** An entry names a host and all below it, at any port unless it has one. */
function names(entry: string, host: string, port: string): boolean {
  const [, before = entry, itsPort = port] = /^(\[.+\]|[^:]+):(\d+)$/.exec(entry) ?? [];
  const name = before.replace(/^\[|\]$/g, '').replace(/^\*?\./, '');
  return itsPort === port && (host === name || host.endsWith(`.${name}`));
}

function contains(list: BlockList, host: string): boolean {
  const family = isIP(host);
  return family !== 0 && list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
