import { argumentsOf, type TaskOptions } from '../options.js';
import { shellLine } from '../shell-quote.js';
import type { ListedCreate } from './candidates.js';
import { idPlaceholder } from './settlements.js';

/** What there is to know of an open create, for who looks it up, and how to close it. */
export function wordsOfCreate(create: ListedCreate, { ledger }: Pick<TaskOptions, 'ledger'>): string {
  const { key, state, provider, baseUrl, model, promptHash, prompt, sentAt, idempotencyKey, evidence } = create;
  const { candidates } = create;
  const head = `  ${new Date(sentAt).toISOString()}  ${model} at ${provider}`;
  if (state === 'in-flight') return `${head}\n    may still be waited for by another process: its fate is unknown`;
  const { message, requestIds = {}, status } = evidence ?? {};
  const silence = status === undefined ? 'no answer came' : undefined;
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['look at', baseUrl],
    ['prompt', prompt],
    ['prompt sha256', promptHash],
    ['your key', idempotencyKey],
    ['answer', status === undefined ? undefined : `HTTP ${status}`],
    ...Object.entries(requestIds),
    ['because', reasonIn(message) ?? (evidence ? silence : 'whoever sent it ended before the answer came')],
    ['tasks made around then', candidates?.map(({ task, status }) => `${task.id} (${status})`).join(', ') || undefined],
    ['tasks made around then', candidates?.length === 0 ? 'none' : undefined],
  ];
  const told = facts.filter(([, fact]) => fact !== undefined).map(([name, fact]) => `    ${name}: ${fact}`);
  const there = argumentsOf(ledger === undefined ? {} : { ledger });
  const close = (found: string) => `      ${shellLine(['rushes', 'resume', '--settle', `${key}=${found}`, ...there])}`;
  return [
    head,
    ...told,
    '    close it with one of:',
    close('not-created'),
    close(idPlaceholder),
    close('abandoned'),
  ].join('\n');
}

/** Why nobody knows, without what the lines around it say. */
function reasonIn(message: string | undefined): string | undefined {
  return message?.replace(
    /^a task of .* may or may not have been made at \S+?(?: \([^)]*\))*: (.+); look it up .*$/s,
    '$1',
  );
}
