import { readFileSync } from 'node:fs';
import type { Heard, HttpResponse } from '../../src/providers/provider.js';
import type { Snapshot } from '../../src/task/snapshot.js';

/** An answer as a transport gives it; a body that is no text is sent as JSON. */
export function answer(status: number, body: unknown, headers: Record<string, string> = {}, url = ''): HttpResponse {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, url, text, header: (name) => headers[name] ?? null };
}

/** The parsed fixture of this name. */
export function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`../fixtures/wire/${name}.json`, import.meta.url), 'utf8'));
}

/** The snapshot that was heard. */
export function snapshotOf(heard: Heard): Snapshot {
  if (heard.kind !== 'snapshot') throw new Error(`no snapshot: ${JSON.stringify(heard)}`);
  return heard.snapshot;
}

/** The problem that was heard, in short: its code and, if asking again may help, an `again`. */
export function outcomeOf(heard: Heard): string {
  if (heard.kind === 'snapshot') return heard.snapshot.status;
  return heard.kind === 'problem' ? `${heard.code}${heard.retryable ? ' again' : ''}` : heard.kind;
}

/** The message of the problem that was heard. */
export function messageOf(heard: Heard): string {
  if (heard.kind !== 'problem') throw new Error(`no problem: ${JSON.stringify(heard)}`);
  return heard.message;
}
