import { type Facts, factsOf, firstOf } from './facts.js';
import { parseBody } from './parse-body.js';
import { cleanText, readText } from './read-text.js';

/** What a body says went wrong; either may be missing. */
export interface SaidProblem {
  readonly code?: string;
  readonly message?: string;
}

const codePaths = ['error.code', 'code'] as const;

const messagePaths = [
  'error.message',
  'error.msg',
  'error.detail',
  'error',
  'fail_reason',
  'failure_reason',
  'message',
  'msg',
  'detail',
  'detail.0.msg',
  'metadata.url',
] as const;

/** An envelope's good news, and the address that new-api keeps in the field for reasons. */
const saysNothing = /^(?:success|ok|0|200|null|(?:https?|data):\S*)$/i;

/** A message longer than this is not looked into for an upstream's body. */
const MAX_NESTED_LENGTH = 20_000;

/**
 * The problem a body tells of: nested `{ error: { code, message } }` (OpenAI, Ark, CometAPI), flat `{ code, message }`
 * and `fail_reason` (new-api), `failure_reason` (Ark's list), or `error` as text. A gateway's `fail_to_fetch_task`
 * carries its upstream's body as JSON text in `message`; up to `levels` of these are unwrapped. A failed Hailuo task of
 * new-api has its reason in `metadata.url`.
 *
 * @example
 * ```ts
 * readProblem({ code: 'task_not_exist', message: 'task_not_exist', data: null }); // { code: 'task_not_exist', message: 'task_not_exist' }
 * readProblem({ error: { code: '', message: 'Invalid token' } }); // { message: 'Invalid token' }
 * ```
 */
export function readProblem(facts: Facts, levels = 3): SaidProblem {
  const raw = firstOf(facts, messagePaths, messageText);
  const inner = raw !== undefined && levels > 0 ? nestedFacts(raw) : undefined;
  const upstream = inner && readProblem(inner, levels - 1);
  const code = upstream?.code ?? firstOf(facts, codePaths, readCode);
  const message = upstream?.message ?? (raw === undefined ? undefined : cleanText(raw).trim());
  return { ...(code && { code }), ...(message && { message }) };
}

function nestedFacts(text: string): Facts | undefined {
  if (text.length > MAX_NESTED_LENGTH || text.trimStart()[0] !== '{') return undefined;
  const body = parseBody(text);
  return body.kind === 'json' ? factsOf(body.value) : undefined;
}

function messageText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' && !saysNothing.test(value.slice(0, 100)) ? value : undefined;
}

function readCode(value: unknown): string | undefined {
  const code = readText(typeof value === 'number' ? String(value) : value);
  return code === undefined || saysNothing.test(code) ? undefined : code;
}
