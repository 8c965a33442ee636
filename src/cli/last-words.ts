import type { Job } from './job.js';
import { nextStep } from './next-step.js';
import type { Standing } from './standings.js';

/** How a command would go on. */
type Sequel = Pick<Job, 'command' | 'goOn' | 'giveUp' | 'fetch' | 'stepAfter' | 'inTheDark'>;

/** What to say when a command was interrupted: what still runs, what is not saved, and how to go on. */
export function afterInterruption(standings: readonly Standing[], sequel: Sequel): string {
  const running = standings.filter(({ isRunning }) => isRunning);
  const unheard = standings.filter(({ isUnheard }) => isUnheard);
  const unsaved = standings.filter(({ isUnsaved }) => isUnsaved);
  return [
    'Interrupted.',
    ...listed(running, (n) => `${tasks(n)} still run${n === 1 ? 's' : ''} remotely:`),
    ...listed(unheard, (n) => `${tasks(n)} ${n === 1 ? 'was' : 'were'} not heard of:`),
    ...listed(unsaved, (n) => `${videos(n)} not saved:`),
    ...goingOn([...running, ...unheard, ...unsaved], 'Go on with:', sequel),
    ...fetching(standings, sequel),
    ...[sequel.inTheDark?.() ?? []].flat(),
  ].join('\n');
}

/** What to say when a command is over and not all is known or saved; what became of each task was told before. */
export function afterwards(standings: readonly Standing[], sequel: Sequel): string | undefined {
  const { giveUp } = sequel;
  const unsaved = standings.filter(({ isUnsaved }) => isUnsaved);
  const lost = standings.filter(({ error, isUnsaved }) => error !== undefined && !isUnsaved);
  const open = [...lost, ...unsaved];
  const words = [
    ...(lost.length > 0 ? [`The fate of ${tasks(lost.length)} is unknown.`] : []),
    ...(unsaved.length > 0 ? [`${videos(unsaved.length)} not saved.`] : []),
    ...stepsFor(open, sequel),
    ...goingOn(open, 'Take up again with:', sequel),
    ...(giveUp && lost[0] ? ['Or wait for one no more:', `  ${giveUp(lost[0].task)}`] : []),
    ...fetching(standings, sequel),
  ];
  return words.length > 0 ? words.join('\n') : undefined;
}

/** What to do about each error: once, with the tasks that it is for where it is not for all. */
function stepsFor(open: readonly Standing[], { command, stepAfter }: Sequel): string[] {
  const byStep = new Map<string, Standing[]>();
  for (const standing of open) {
    const step = stepAfter?.(standing.error) ?? nextStep(standing.error, command);
    if (step !== undefined) byStep.set(step, [...(byStep.get(step) ?? []), standing]);
  }
  return [...byStep].map(([step, those]) => (those.length < open.length ? `${idsOf(those)}: ${step}` : step));
}

const IDS_NAMED = 3;

function idsOf(standings: readonly Standing[]): string {
  const ids = standings.slice(0, IDS_NAMED).map(({ task }) => task.id);
  const others = standings.length - ids.length;
  return ids.join(', ') + (others > 0 ? ` and ${others} more` : '');
}

function listed(standings: readonly Standing[], heading: (count: number) => string): string[] {
  if (standings.length === 0) return [];
  return [heading(standings.length), ...standings.map(({ task }) => `  ${task.id}`)];
}

function goingOn(standings: readonly Standing[], heading: string, { goOn }: Sequel): string[] {
  if (standings.length === 0) return [];
  const isOutOfTime = standings.some(({ error }) => error?.code === 'DEADLINE');
  const line = goOn(
    standings.map(({ task }) => task),
    isOutOfTime,
  );
  return [heading, `  ${line}`];
}

/** A ledger that has noted an end names the task no more. */
function fetching(standings: readonly Standing[], { fetch }: Sequel): string[] {
  const completed = standings.filter(({ isCompleted }) => isCompleted);
  if (!fetch || completed.length === 0) return [];
  const lines = fetch(completed.map(({ task }) => task)).map((line) => `  ${line}`);
  return [`${videos(completed.length)} not saved. Fetch ${completed.length === 1 ? 'it' : 'them'} with:`, ...lines];
}

function tasks(count: number): string {
  return `${count} task${count === 1 ? '' : 's'}`;
}

function videos(count: number): string {
  return count === 1 ? 'The video of a completed task is' : `The videos of ${count} completed tasks are`;
}
