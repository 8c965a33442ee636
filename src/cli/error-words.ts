import { messageOf } from '../errors.js';
import { keyVariables } from './provider-choice.js';

/** What options of the library are called on the command line. */
const flags: readonly (readonly [option: RegExp, flag: string])[] = [
  [/^\w+\.baseUrl\b/, '--base-url'],
  [/^cometapi\.apiKey\b/, keyVariables['cometapi'] ?? ''],
  [/^infinityBlue\.apiKey\b/, keyVariables['infinity-blue'] ?? ''],
  [/^ark\.apiKey\b/, keyVariables['ark'] ?? ''],
  [/^openaiCompatible\.apiKey\b/, keyVariables['openai-compatible'] ?? ''],
  [/^create\.inputReference\b/, '--input'],
  [/^create\.prompt\b/, 'PROMPT'],
  [/^create\.idempotencyKey\b/, '--idempotency-key'],
  [/^options\.overwrite\b|\bthe option overwrite\b/, '--overwrite'],
  [/^create\.(model|seconds|size|resolution|ratio)\b/, '--$1'],
  [/^task\.id\b/, 'ID'],
  [/^openLedger\(path\)/, '--ledger'],
];

/** What went wrong, in a sentence of the command line. */
export function wordsOf(error: unknown): string {
  const message = messageOf(error);
  const [option, flag = ''] = flags.find(([name]) => name.test(message)) ?? [];
  return option ? message.replace(option, flag) : message;
}
