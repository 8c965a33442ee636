import type { createClient } from '../../src/index.js';
import { lawOfClients } from './law-of-clients.js';
import { lawOfStreams } from './law-of-streams.js';

/** What has to obey the law: `createClient`, or something broken that pretends to be it. */
export type MakeClient = typeof createClient;

/** One point of the law as a property of whatever makes clients. */
export interface LawPoint {
  readonly point: string;
  check(make: MakeClient): Promise<void>;
}

export const law: readonly LawPoint[] = [...lawOfStreams, ...lawOfClients];
