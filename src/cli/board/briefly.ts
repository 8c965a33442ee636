import type { RushesError } from '../../index.js';

/** What went wrong with a request, in the word or two that a line among many has room for. */
export function briefly({ code, message, cause }: RushesError): string {
  const status = /\(HTTP (\d{3})\)/.exec(message)?.[1] ?? '';
  if (status >= '400') return status;
  if (status !== '') return oddities.find(([words]) => message.includes(words))?.[1] ?? `odd ${status}`;
  if (message.startsWith('no answer')) return 'no answer';
  return typeof Object(cause).code === 'string' ? 'cut off' : code;
}

const oddities: readonly (readonly [words: string, brief: string])[] = [
  ['answered nothing', 'empty'],
  ['no JSON', 'garbled'],
  ['an error with no task', 'error'],
  ['another task', 'mixed up'],
];
