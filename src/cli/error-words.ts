import { messageOf } from '../errors.js';
import { type ErrorCode, isRushesError } from '../index.js';
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
  [/^create\.(model|seconds|size|resolution|ratio)\b/, '--$1'],
  [/^task\.id\b/, 'ID'],
];

/** What went wrong, in a sentence of the command line. */
export function wordsOf(error: unknown): string {
  const message = messageOf(error);
  const [option, flag = ''] = flags.find(([name]) => name.test(message)) ?? [];
  return option ? message.replace(option, flag) : message;
}

/** What to do about an error, where its code says enough to tell. */
export function nextStep(error: unknown): string | undefined {
  return isRushesError(error) ? steps[error.code] : undefined;
}

const steps: Partial<Readonly<Record<ErrorCode, string>>> = {
  UNAUTHORIZED: 'Check the key: is it of this provider?',
  NOT_FOUND: 'Check the id, the provider, and that the key is of the same account.',
  RATE_LIMITED: 'Wait a while, or ask less often with --every.',
  UNAVAILABLE: 'Try again later.',
  DEADLINE: 'Give it longer with --deadline.',
  REJECTED: 'Change what the provider objects to.',
  LEDGER_FAILED: 'Name another place with --ledger FILE, or do without one with --no-ledger.',
  DOWNLOAD_FAILED: 'The download goes on where it stopped; a file that is there is replaced with --overwrite only.',
};
