import { describe, expect, it } from 'vitest';
import { goOnById } from '../../src/cli/go-on.js';
import type { JobEvent } from '../../src/cli/job-event.js';
import { afterInterruption, afterwards } from '../../src/cli/last-words.js';
import { nextStep } from '../../src/cli/next-step.js';
import { Standings } from '../../src/cli/standings.js';
import { type ErrorCode, RushesError } from '../../src/index.js';
import { ref, said } from './board/boards.js';

describe('the next step', () => {
  const stepAfter = (code: ErrorCode, command: string, message = 'x') =>
    nextStep(new RushesError(code, message, command === 'run' ? {} : { task: ref('a') }), command);

  it('is of the error and of the command', () => {
    expect(stepAfter('RATE_LIMITED', 'run')).toBe('Wait, then run it again.');
    expect(stepAfter('RATE_LIMITED', 'watch')).toContain('--every');
    expect(stepAfter('REJECTED', 'run')).toContain('Change');
    expect(stepAfter('REJECTED', 'watch')).toBeUndefined();
    expect(stepAfter('BAD_RESPONSE', 'run')).toBe('Check --base-url.');
    expect(stepAfter('DOWNLOAD_FAILED', 'watch')).not.toContain('--overwrite');
    expect(stepAfter('DOWNLOAD_FAILED', 'watch', 'a is there already')).toContain('--overwrite');
  });
});

describe('the last words', () => {
  const failure = (id: string, code: ErrorCode): JobEvent => ({
    kind: 'lost',
    task: ref(id),
    error: new RushesError(code, 'no', { task: ref(id) }),
  });
  const sequel = { command: 'watch', goOn: goOnById('watch', { deadline: { text: '1s', ms: 1_000 } }, 'cometapi') };
  const standings = (named: readonly string[], ...events: readonly JobEvent[]) => {
    const known = new Standings(
      named.map((id) => ref(id)),
      false,
    );
    for (const event of events) known.hear(event);
    return known.all;
  };

  it('name the task that a step is for where it is not for all', () => {
    expect(afterwards(standings([], failure('a', 'NOT_FOUND')), sequel)).toContain('\nCheck the id');
    const both = afterwards(standings([], failure('a', 'NOT_FOUND'), failure('b', 'REJECTED')), sequel);
    expect(both).toContain('\na: Check the id');
    expect(both).toContain('rushes watch a b --provider cometapi --deadline 1s');
  });

  it('propose no deadline that has passed', () => {
    expect(afterwards(standings([], failure('a', 'DEADLINE')), sequel)).toMatch(/rushes watch a --provider cometapi$/);
  });

  it('say of a task that nothing was heard of it', () => {
    const seen: JobEvent = { kind: 'snapshot', task: ref('a'), snapshot: said(ref('a'), 'queued') };
    expect(afterInterruption(standings(['a', 'b'], seen), sequel)).toContain(
      '1 task still runs remotely:\n  a\n1 task was not heard of:\n  b\nGo on with:\n  rushes watch a b',
    );
  });

  it('name the videos that nothing else would name again', () => {
    const done: JobEvent = { kind: 'snapshot', task: ref('a'), snapshot: said(ref('a'), 'completed') };
    const fetch = () => ['rushes download a'];
    expect(afterwards(standings([], done), { ...sequel, fetch })).toBe(
      'The video of a completed task is not saved. Fetch it with:\n  rushes download a',
    );
    expect(afterwards(standings([], done), sequel)).toBeUndefined();
  });
});
