import { NEVER, of, Subject } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { follow } from '../../src/cli/fleet/follow.js';
import { type Errand, type OutcomeTelling, tellOutcomes } from '../../src/cli/tell-outcomes.js';
import { RushesError, type Snapshot, type TaskRef } from '../../src/index.js';
import { heardShell } from './heard-shell.js';
import { linesOf } from './start.js';

const AT_ONCE = 64;
const named = (...ids: string[]): TaskRef[] => ids.map((id) => ({ provider: 'ark', id }));
const many = named(...Array.from({ length: 200 }, (_, i) => `t${i}`));
const given = (tasks: readonly TaskRef[]) => ({ named: tasks, isOpen: false, all: tasks });
const goOn = (tasks: readonly TaskRef[]) => tasks.map(({ id }) => id).join(' ');

/** Answers only when it is told to, and knows how many wait. */
function heldBack() {
  const waiting: (() => void)[] = [];
  let most = 0;
  const carryOut = () =>
    new Promise<'submitted'>((resolve) => {
      most = Math.max(
        most,
        waiting.push(() => resolve('submitted')),
      );
    });
  /** Answers one after the other until all have come. */
  const answer = async (count: number) => {
    for (let i = 0; i < count; i++) {
      await vi.waitFor(() => expect(waiting).not.toEqual([]), { timeout: 10_000 });
      waiting.shift()?.();
    }
  };
  return { carryOut, answer, waiting, most: () => most };
}

const telling: OutcomeTelling<'submitted'> = {
  outcome: () => ({ code: 0, words: 'submitted' }),
  trouble: ({ message }) => ({ code: 3, words: message }),
  stepAfter: ({ message }) => `Mend "${message}".`,
  goOn,
};

describe('an errand', () => {
  it('is carried out for so many tasks at once, and no more', async () => {
    const { carryOut, answer, waiting, most } = heldBack();
    const { shell, written } = heardShell();
    const ended = tellOutcomes({ kind: 'submit', tasks: given(many), carryOut }, telling, shell);
    expect(waiting).toHaveLength(AT_ONCE);
    await answer(many.length);
    expect(await ended).toBe(0);
    expect(written).toHaveLength(many.length);
    expect(most()).toBe(AT_ONCE);
  });

  it('goes on for the others where one is in trouble, and says once what to do about the first', async () => {
    const carryOut = async ({ id }: TaskRef) => {
      if (id !== 'good') throw new RushesError('UNAVAILABLE', `no\x1b[2J ${id}`);
      return 'submitted' as const;
    };
    const errand: Errand<'submitted'> = { kind: 'submit', tasks: given(named('a', 'good', 'b')), carryOut };
    const onTerminal = heardShell({ isTTY: true });
    expect(await tellOutcomes(errand, telling, onTerminal.shell)).toBe(3);
    expect(onTerminal.written.sort()).toEqual([
      '? a  UNAVAILABLE: no [2J a\n',
      '? b  UNAVAILABLE: no [2J b\n',
      '✓ good  submitted\n',
    ]);
    expect(onTerminal.said).toEqual(['Mend "no\x1b[2J a".']);
    const inPipe = heardShell();
    await tellOutcomes(errand, telling, inPipe.shell);
    expect(linesOf(inPipe.written.join(''))).toContainEqual({
      kind: 'submit',
      task: { provider: 'ark', id: 'good' },
      outcome: 'submitted',
    });
  });

  it('that is interrupted names all that nobody knows of, also what was not begun', async () => {
    const { carryOut, answer, waiting } = heldBack();
    const { shell, written, said, signals } = heardShell();
    const ended = tellOutcomes({ kind: 'forget', tasks: given(many), carryOut }, telling, shell);
    await answer(1);
    await vi.waitFor(() => expect(written).toHaveLength(1), { timeout: 10_000 });
    expect(waiting).toHaveLength(AT_ONCE);
    signals.next('SIGTERM');
    expect(await ended).toBe(143);
    expect(said).toEqual([`Interrupted.\nNobody knows yet what came of some. Go on with:\n  ${goOn(many.slice(1))}`]);
  });

  it('counts what was given wrongly, but for a reader that left', async () => {
    const left = new Subject<void>();
    const errand: Errand<'submitted'> = { kind: 'submit', tasks: given(many), carryOut: async () => 'submitted' };
    const shell = { ...heardShell().shell, readerLeft: left };
    const wrongly = { ...telling, codeOfGiven: () => 2 };
    expect(await tellOutcomes(errand, wrongly, shell)).toBe(2);
    const ended = tellOutcomes({ ...errand, carryOut: () => new Promise<never>(() => undefined) }, wrongly, shell);
    left.next();
    expect(await ended).toBe(0);
  });
});

describe('tasks that a fleet is to watch and that are followed', () => {
  const following = { name: 'rushes', of: 'ark', notices: NEVER, isAway: NEVER, status: 'rushes fleet status', goOn };

  it('are submitted so many at once, and watched all at once', async () => {
    const { carryOut, answer, waiting, most } = heldBack();
    const watched = new Set<string>();
    const source = (task: TaskRef) => {
      watched.add(task.id);
      return NEVER;
    };
    const { shell, written, signals } = heardShell();
    const tasks = given(many);
    const ended = follow({ kind: 'submit', tasks, carryOut }, { ...following, source }, shell);
    expect(waiting).toHaveLength(AT_ONCE);
    await answer(many.length);
    await vi.waitFor(() => expect(watched.size).toBe(many.length), { timeout: 10_000 });
    expect(most()).toBe(AT_ONCE);
    expect(linesOf(written.join(''))).toHaveLength(many.length);
    signals.next('SIGINT');
    expect(await ended).toBe(130);
  });

  it('are told to their end, and lost where they could not be submitted', async () => {
    const carryOut = async ({ id }: TaskRef) => {
      if (id === 'bad') throw new Error('no room');
      return 'submitted' as const;
    };
    const source = (task: TaskRef) =>
      of<Snapshot>({ task, status: 'failed', providerStatus: 'failed', error: { message: 'no' } });
    const { shell, written } = heardShell();
    const tasks = given(named('bad', 'good'));
    expect(await follow({ kind: 'submit', tasks, carryOut }, { ...following, source }, shell)).toBe(3);
    const kinds = linesOf(written.join('')).map((line) => [line['kind'], (line['task'] as TaskRef).id]);
    expect(kinds).toEqual([
      ['lost', 'bad'],
      ['submit', 'good'],
      ['snapshot', 'good'],
    ]);
  });
});
