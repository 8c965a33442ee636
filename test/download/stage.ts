import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { firstValueFrom, lastValueFrom, type Observable, of, toArray } from 'rxjs';
import { afterEach } from 'vitest';
import type { SavedVideo, SaveProgress } from '../../src/download/to-file/save-video.js';
import {
  type Client,
  type CompletedSnapshot,
  type ContentOptions,
  createClient,
  fetchTransport,
  type Snapshot,
} from '../../src/index.js';
import { mp4Of } from '../../src/testing/media/mp4.js';
import { until } from '../../src/watch/result.js';
import { serve, type TestServer } from '../http/server.js';

export const aTask = { provider: 'cometapi', id: 'task_1' } as const;

/** Patience that a test has. */
export const quick = { retry: { giveUpAfterMs: 1_000, initialMs: 1, maxMs: 5 }, stallTimeoutMs: 200 } as const;

export function completed(facts: Partial<CompletedSnapshot> = {}): CompletedSnapshot {
  return Object.freeze({ task: aTask, status: 'completed', providerStatus: 'completed', ...facts });
}

/** A client whose provider is a function for reads, and real requests for bytes. */
export interface StageOptions {
  readonly read?: () => Snapshot;
  /** Where the content route is; without it there is none. */
  readonly contentUrl?: string;
}

export function clientOf({ read, contentUrl }: StageOptions = {}): {
  readonly client: Client;
  readonly asked: { reads: number; contents: ContentOptions[] };
} {
  const asked = { reads: 0, contents: [] as ContentOptions[] };
  const transport = fetchTransport();
  const client = createClient({
    watch: () => of(completed()),
    read: async () => {
      asked.reads++;
      if (!read) throw new Error('nobody knows the task');
      return read();
    },
    content: async (_task, options = {}) => {
      asked.contents.push(options);
      const { url = contentUrl, range, ifRange, signal } = options;
      if (url === undefined) return unsupported();
      const headers = {
        'accept-encoding': 'identity',
        ...(range !== undefined && { range }),
        ...(ifRange !== undefined && { 'if-range': ifRange }),
      };
      const opened = transport.open({ method: 'GET', url, headers, template: '', maxBodyBytes: 1 });
      return firstValueFrom(until(signal, opened));
    },
  });
  return { client, asked };
}

function unsupported(): Promise<never> {
  return createClient({ watch: () => of(completed()) }).content(aTask) as Promise<never>;
}

/** A video of `bytes` bytes that is another for another name. */
export function videoOf(name: string, bytes = 300_000): Buffer {
  const video = Buffer.from(mp4Of(name, { sizeBytes: bytes }));
  // What fills it is not all alike, so that bytes in the wrong place are seen.
  const noise = createHash('sha512').update(name).digest();
  for (let i = 2_200; i < video.length; i++) video[i] = (noise[i % 64] as number) ^ (i >> 8) ^ i;
  return video;
}

export const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** How one request is answered. */
export type Answer = (request: IncomingMessage, response: ServerResponse, nth: number) => void;

/** Serves `answer`, and remembers the ranges that were asked for. */
export async function cdn(
  answer: Answer,
): Promise<TestServer & { readonly url: string; ranges(): (string | undefined)[] }> {
  let nth = 0;
  const server = await serve((request, response) => answer(request, response, nth++));
  return {
    ...server,
    url: `${server.origin}/video.mp4?sig=secret`,
    ranges: () => server.requests.map(({ headers }) => headers.range),
  };
}

/** Answers as a good server does. */
export function good(video: Buffer, headers: Record<string, string> = { etag: '"v1"' }): Answer {
  return (request, response) => {
    const from = rangeFrom(request);
    const isSame = request.headers['if-range'] === (headers['etag'] ?? headers['last-modified']);
    if (from === undefined || !isSame) {
      response.writeHead(200, { ...headers, 'content-type': 'video/mp4', 'content-length': video.length }).end(video);
      return;
    }
    if (from >= video.length) {
      response.writeHead(416, { ...headers, 'content-range': `bytes */${video.length}` }).end();
      return;
    }
    const range = `bytes ${from}-${video.length - 1}/${video.length}`;
    response
      .writeHead(206, { ...headers, 'content-range': range, 'content-length': video.length - from })
      .end(video.subarray(from));
  };
}

export function rangeFrom({ headers }: IncomingMessage): number | undefined {
  const [, from] = /^bytes=(\d+)-$/.exec(headers.range ?? '') ?? [];
  return from === undefined ? undefined : Number(from);
}

/** Sends `bytes` and then breaks the socket. */
export function breakAfter(response: ServerResponse, bytes: Uint8Array): void {
  response.write(bytes, () => setImmediate(() => response.destroy()));
}

const folders: string[] = [];

afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
});

/** A folder until the end of the test. */
export async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'rushes-download-'));
  folders.push(path);
  return path;
}

/** All that a download tells. */
export const told = (saving: Observable<SaveProgress | SavedVideo>): Promise<(SaveProgress | SavedVideo)[]> =>
  lastValueFrom(saving.pipe(toArray()));

/** What a download comes to: the saved video, or the error. */
export async function outcomeOf(
  saving: Observable<SaveProgress | SavedVideo>,
): Promise<SavedVideo | { code: string; message: string; retryable: boolean }> {
  return lastValueFrom(saving).catch((error) => error);
}

/** Bytes as text of as many characters, which a test compares in no time. */
export const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** The names in a folder, and what the files have. */
export async function contentsOf(path: string): Promise<Record<string, string>> {
  const names = (await readdir(path)).sort();
  const files = await Promise.all(names.map(async (name) => [name, latin(await readFile(join(path, name)))] as const));
  return Object.fromEntries(files);
}
