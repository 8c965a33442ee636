import { MAX_TEXT } from '../errors.js';
import { factsOf } from './facts.js';
import type { Body } from './parse-body.js';
import type { Heard, HttpResponse } from './provider.js';
import { readProblem } from './read-problem.js';
import { cleanText } from './read-text.js';

/** An answer that is no news of a task. */
export type Problem = Extract<Heard, { kind: 'problem' }>;

/** A problem in one sentence: what happened, the HTTP status, and what the provider says about it. */
export function problemOf(
  code: Problem['code'],
  retryable: boolean,
  what: string,
  response: HttpResponse,
  body: Body,
): Problem {
  const told = toldBy(body, response);
  const message = `${what} (HTTP ${response.status})${told === '' ? '' : `: ${told}`}`;
  return { kind: 'problem', code, message: message.slice(0, MAX_TEXT), retryable };
}

/** The code and message in JSON, an error page's title, the start of any other text; empty where nothing is said. */
function toldBy(body: Body, { status, text }: HttpResponse): string {
  if (body.kind === 'too-complex') return '';
  if (body.kind !== 'json')
    return cleanText((status >= 400 && titleOf(text)) || text)
      .slice(0, 200)
      .trim();
  const { code = '', message = '' } = readProblem(factsOf(body.value) ?? {});
  return code === message || message === '' ? code : code === '' ? message : `${code}: ${message}`;
}

function titleOf(text: string): string | undefined {
  return /<title[^<>]{0,100}>([^<]{1,200})<\/title>/i.exec(text.slice(0, MAX_TEXT))?.[1];
}
