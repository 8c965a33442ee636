import { type ErrorDetails, isRushesError, messageOf, RushesError } from '../errors.js';

type Details = ErrorDetails<'DOWNLOAD_FAILED'>;

/** The error of a video that could not be had. */
export function downloadFailed(message: string, details: Details = {}): RushesError<'DOWNLOAD_FAILED'> {
  return new RushesError('DOWNLOAD_FAILED', message, details);
}

/** Any trouble on the way to a video as `DOWNLOAD_FAILED`; a connection that breaks without a word of ours may hold next time. */
export function asDownloadFailed(error: unknown, details: Pick<Details, 'task' | 'lastSnapshot'> = {}): RushesError {
  if (!isRushesError(error)) {
    const message = `the connection to the video broke: ${messageOf(error)}`;
    return downloadFailed(message, { ...details, retryable: true, cause: error });
  }
  const { code, message, task, lastSnapshot, retryable, retryAfterMs, cause } = error;
  return downloadFailed(message, {
    task,
    lastSnapshot,
    ...details,
    retryable,
    retryAfterMs,
    cause: code === 'DOWNLOAD_FAILED' ? cause : error,
  });
}

/** What several places said of one video, as one error: retryable when one of them may have it later. */
export function allFailed(errors: readonly unknown[], details: Pick<Details, 'task' | 'lastSnapshot'>): RushesError {
  const failures = errors.map((error) => asDownloadFailed(error));
  const telling = failures.filter(({ cause }) => !isRushesError(cause) || cause.code !== 'UNSUPPORTED');
  const [last] = telling.slice(-1);
  if (!last) return downloadFailed('the task names no address of its video, and its provider serves none', details);
  const pauses = telling.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return downloadFailed([...new Set(telling.map(({ message }) => message))].join('; '), {
    ...details,
    retryable: telling.some(({ retryable }) => retryable),
    retryAfterMs: pauses.length > 0 ? Math.max(...pauses) : undefined,
    cause: last.cause,
  });
}
