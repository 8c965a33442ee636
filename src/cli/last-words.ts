import { nextStep } from './error-words.js';
import type { Job } from './job.js';
import type { Standing } from './standings.js';

/** How a command would go on. */
type Sequel = Pick<Job, 'goOn' | 'giveUp' | 'inTheDark'>;

/** What to say when a command was interrupted: what still runs, what is not saved, and how to go on. */
export function afterInterruption(standings: readonly Standing[], { goOn, inTheDark }: Sequel): string {
  const running = standings.filter(({ isRunning }) => isRunning);
  const unsaved = standings.filter(({ isUnsaved }) => isUnsaved);
  return [
    'Interrupted.',
    ...listed(running, (n) => `${tasks(n)} still run${n === 1 ? 's' : ''} remotely:`),
    ...listed(unsaved, (n) => `${videos(n)} not saved:`),
    ...sequel([...running, ...unsaved], 'Go on with:', goOn),
    ...[inTheDark?.() ?? []].flat(),
  ].join('\n');
}

/** What to say when a command is over and not all is known or saved; what became of each task was told before. */
export function afterAll(standings: readonly Standing[], { goOn, giveUp }: Sequel): string | undefined {
  const unsaved = standings.filter(({ isUnsaved }) => isUnsaved);
  const lost = standings.filter(({ error, isUnsaved }) => error !== undefined && !isUnsaved);
  const open = [...lost, ...unsaved];
  if (open.length === 0) return undefined;
  const steps = new Set(open.map(({ error }) => nextStep(error)).filter((step) => step !== undefined));
  return [
    ...(lost.length > 0 ? [`The fate of ${tasks(lost.length)} is unknown.`] : []),
    ...(unsaved.length > 0 ? [`${videos(unsaved.length)} not saved.`] : []),
    ...steps,
    ...sequel(open, 'Take up again with:', goOn),
    ...(giveUp ? sequel(lost.slice(0, 1), 'Or wait for one no more:', ([task]) => (task ? giveUp(task) : '')) : []),
  ].join('\n');
}

function listed(standings: readonly Standing[], heading: (count: number) => string): string[] {
  if (standings.length === 0) return [];
  return [heading(standings.length), ...standings.map(({ task }) => `  ${task.id}`)];
}

function sequel(standings: readonly Standing[], heading: string, goOn: Sequel['goOn']): string[] {
  return standings.length > 0 ? [heading, `  ${goOn(standings.map(({ task }) => task))}`] : [];
}

function tasks(count: number): string {
  return `${count} task${count === 1 ? '' : 's'}`;
}

function videos(count: number): string {
  return count === 1 ? 'The video of a completed task is' : `The videos of ${count} completed tasks are`;
}
