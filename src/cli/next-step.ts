import { type ErrorCode, isRushesError } from '../index.js';

type Steps = Partial<Readonly<Record<ErrorCode, string>>>;

/** What to do about an error of `command`, where its code says enough to tell. */
export function nextStep(error: unknown, command: string): string | undefined {
  if (!isRushesError(error)) return undefined;
  if (error.code === 'DOWNLOAD_FAILED') return afterDownload(error.message);
  const isOfCreate = command === 'run' && error.task === undefined;
  if (isOfCreate) return afterCreate[error.code];
  if (command.startsWith('fleet ')) return afterWorkers[error.code];
  if (error.code === 'RATE_LIMITED' && command === 'cancel') return 'Wait a while, and cancel it again.';
  return afterAsking[error.code];
}

const always: Steps = {
  UNAUTHORIZED: 'Check the key: is it of this provider?',
  BAD_RESPONSE: 'Check --base-url.',
  LEDGER_FAILED: 'Name another place with --ledger FILE, or do without one with --no-ledger.',
};

/** Nothing was made. */
const afterCreate: Steps = {
  ...always,
  NOT_FOUND: 'Check the provider and --base-url.',
  RATE_LIMITED: 'Wait, then run it again.',
  UNAVAILABLE: 'Check the network and --base-url, then run it again.',
  REJECTED: 'Change what the provider objects to.',
};

const afterAsking: Steps = {
  ...always,
  NOT_FOUND: 'Check the id, the provider and the base URL.',
  RATE_LIMITED: 'Wait a while, or ask less often with --every.',
  UNAVAILABLE: 'Check the network and --base-url, then try again.',
  DEADLINE: 'It needs longer than the deadline.',
};

/** Of a fleet, it is workers that ask. */
const afterWorkers: Steps = {
  UNAUTHORIZED: 'Check the key that the workers have: is it of this provider?',
  BAD_RESPONSE: 'Check the base URL that the workers have.',
  NOT_FOUND: "Check the id and the provider; the base URL is the worker's.",
  DEADLINE: 'It needs longer than the deadline.',
  SOURCE_ENDED: 'Somebody let the fleet forget it.',
};

function afterDownload(message: string): string {
  if (message.includes('no regular file')) return 'Move it away, or name another folder with --download.';
  if (message.includes('is there already')) return 'Move it away, or replace it with --overwrite.';
  return 'The download goes on where it stopped.';
}
