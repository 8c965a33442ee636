import { describe, expect, test } from 'vitest';
import { isStatus, isTerminalStatus, type Status, statusOfWord } from '../../src/task/status.js';
import { liveStatuses, statuses } from './snapshots.js';

const spellings: Readonly<Record<Exclude<Status, 'unknown'>, readonly string[]>> = {
  queued: [
    ...['queued', 'pending', 'submitted', 'not_start', 'notstarted', 'created', 'preparing', 'starting'],
    ...['waiting', 'in_queue', 'queueing', 'throttled'],
  ],
  in_progress: ['in_progress', 'running', 'processing', 'generating', 'started', 'dreaming'],
  completed: ['completed', 'complete', 'succeeded', 'succeed', 'success', 'done', 'finished', 'finish'],
  failed: ['failed', 'failure', 'fail', 'rejected', 'nsfw'],
  error: ['error'],
  cancelled: ['cancelled', 'canceled'],
  expired: ['expired', 'timeout'],
};
const rows = Object.entries(spellings).flatMap(([status, words]) => words.map((word) => [word, status] as const));

describe('statusOfWord', () => {
  test.each(rows)('%j is %s, however it is written', (word, status) => {
    const written = [
      word,
      word.toUpperCase(),
      `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`,
      ` \t${word}\n`,
      word.replaceAll('_', '-'),
      word.replaceAll('_', ' '),
      word.replaceAll('_', ' - '),
    ];
    expect(written.map(statusOfWord)).toEqual(written.map(() => status));
  });

  test.each([
    ...[
      'unknown',
      'UNKNOWN',
      '',
      ' ',
      '_',
      '-',
      'sleeping',
      'in__progress',
      'inprogress',
      'completed!',
      'not completed',
    ],
    ...[
      'constructor',
      'toString',
      '__proto__',
      'hasOwnProperty',
      'valueOf',
      'queued pending',
      'queued,pending',
      '完了',
    ],
  ])('%j is unknown', (word) => {
    expect(statusOfWord(word)).toBe('unknown');
  });

  test('a word of any length is answered', () => {
    expect(statusOfWord('- '.repeat(500_000))).toBe('unknown');
  });
});

describe('isTerminalStatus', () => {
  test.each(statuses)('knows whether %s is left again', (status) => {
    expect(isTerminalStatus(status)).toBe(!(liveStatuses as readonly Status[]).includes(status));
  });
});

describe('isStatus', () => {
  test.each(statuses)('%s is one', (status) => {
    expect(isStatus(status)).toBe(true);
  });

  test.each([['running'], ['QUEUED'], [''], ['constructor'], ['__proto__'], [undefined], [null], [1], [['queued']]])(
    '%j is none',
    (value) => {
      expect(isStatus(value)).toBe(false);
    },
  );
});
