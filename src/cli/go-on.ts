import type { TaskRef } from '../index.js';
import { argumentsOf, type TaskOptions } from './options.js';
import { shellLine } from './shell-quote.js';

/** The line that goes on with `tasks` by their ids. */
export function goOnById(command: 'watch' | 'download' | 'cancel', options: TaskOptions, provider: string) {
  return (tasks: readonly TaskRef[], isOutOfTime = false): string => {
    const ids = tasks.map(({ id }) => id);
    const args = argumentsOf({ ...(isOutOfTime ? timeless(options) : options), provider });
    // An id that begins with a dash would be taken for an option.
    const words = ids.some((id) => id.startsWith('-')) ? [...args, '--', ...ids] : [...ids, ...args];
    return shellLine(['rushes', command, ...words]);
  };
}

/** The lines that go on with what the ledger knows, and that take a task out of it. */
export function byLedger(options: TaskOptions) {
  const { ledger } = options;
  return {
    goOn: (_: readonly TaskRef[] = [], isOutOfTime = false) =>
      shellLine(['rushes', 'resume', ...argumentsOf(isOutOfTime ? timeless(options) : options)]),
    giveUp: ({ provider, id }: TaskRef) =>
      shellLine([
        'rushes',
        'resume',
        '--settle',
        `${provider}/${id}=abandoned`,
        ...argumentsOf({ ...(ledger !== undefined && { ledger }) }),
      ]),
  };
}

function timeless({ deadline: _, ...others }: TaskOptions): TaskOptions {
  return others;
}
