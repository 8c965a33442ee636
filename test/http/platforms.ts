import crossFetch from 'cross-fetch';
import { fetch as undiciFetch } from 'undici';
import { fetchTransport } from '../../src/http/fetch-transport.js';
import { nodeTransport } from '../../src/http/node-transport.js';
import type { Transport } from '../../src/http/transport.js';

type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The same tests run over each: what the runtime has (cross-fetch where it has none), undici's, cross-fetch, and ours for Node. */
export const platforms: readonly { readonly name: string; readonly transport: Transport }[] = [
  { name: 'fetch' in globalThis ? 'native fetch' : 'no fetch', transport: fetchTransport() },
  { name: 'undici', transport: fetchTransport({ fetch: undiciFetch as unknown as Fetch }) },
  { name: 'cross-fetch', transport: fetchTransport({ fetch: crossFetch as unknown as Fetch }) },
  { name: 'nodeTransport', transport: nodeTransport({ env: {} }) },
];
