import { describe, expect, test } from 'vitest';
import { readStatus } from '../../src/providers/read-status.js';

describe('readStatus', () => {
  test.each([
    // CometAPI, both revisions, and its older route
    ['queued', 'queued'],
    ['in_progress', 'in_progress'],
    ['completed', 'completed'],
    ['failed', 'failed'],
    ['error', 'error'],
    ['SUBMITTED', 'queued'],
    ['IN_PROGRESS', 'in_progress'],
    ['SUCCESS', 'completed'],
    ['FAILED', 'failed'],
    ['ERROR', 'error'],
    // new-api
    ['NOT_START', 'queued'],
    ['QUEUED', 'queued'],
    ['FAILURE', 'failed'],
    ['UNKNOWN', 'unknown'],
    ['unknown', 'unknown'],
    ['', 'unknown'],
    ['not_start', 'queued'],
    ['preparing', 'queued'],
    ['generating', 'in_progress'],
    ['created', 'queued'],
    ['starting', 'queued'],
    ['notstarted', 'queued'],
    ['succeed', 'completed'],
    // Ark and gateways on top of it
    ['running', 'in_progress'],
    ['succeeded', 'completed'],
    ['cancelled', 'cancelled'],
    ['canceled', 'cancelled'],
    ['expired', 'expired'],
    ['processing', 'in_progress'],
    ['pending', 'queued'],
    // the wild
    ['done', 'completed'],
    ['finish', 'completed'],
    ['finished', 'completed'],
    ['complete', 'completed'],
    ['success', 'completed'],
    ['failure', 'failed'],
    ['fail', 'failed'],
    ['rejected', 'failed'],
    ['timeout', 'expired'],
    ['waiting', 'queued'],
    ['in_queue', 'queued'],
    ['queueing', 'queued'],
    ['started', 'in_progress'],
    ['In Progress', 'in_progress'],
    ['in-progress', 'in_progress'],
    ['sleeping', 'unknown'],
    // names that every object answers to
    ['constructor', 'unknown'],
    ['toString', 'unknown'],
    ['__proto__', 'unknown'],
  ])('%j is %s, and its word is kept', (word, status) => {
    expect(readStatus({ status: word })).toEqual({ status, providerStatus: word });
  });

  test.each([[{}], [{ status: null }], [{ status: 7 }], [{ status: { a: 1 } }]])(
    '%j is unknown without a word',
    (facts) => {
      expect(readStatus(facts)).toEqual({ status: 'unknown', providerStatus: '' });
    },
  );

  test('a long word is cut, and a secret in it is not kept', () => {
    expect(readStatus({ status: 'x y'.repeat(1_000_000) }).providerStatus).toHaveLength(2_000);
    expect(readStatus({ status: 'Bearer sk-canary' }).providerStatus).toBe('Bearer [redacted]');
  });
});
