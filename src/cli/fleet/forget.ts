import type { Forgotten } from '../../fleet/index.js';
import type { ExitCode } from '../exit-code.js';
import type { Shell } from '../shell.js';
import { tellOutcomes } from '../tell-outcomes.js';
import { goOnWith, withTasks, wordsFor } from './errands.js';
import type { TasksOfFleetOptions } from './fleet-options.js';

const words: Readonly<Record<Forgotten, string>> = {
  forgotten: 'forgotten',
  'not-watched': 'was not watched',
  'already-finished': 'finished already',
};

/** Ends watches of a fleet. */
export function forget(ids: readonly string[], options: TasksOfFleetOptions, shell: Shell): Promise<ExitCode> {
  const { json } = options;
  return withTasks('forget', { ids, options, onWrong: shell.say }, shell, ({ fleet, tasks }) => {
    const telling = { json, ...wordsFor(words), goOn: goOnWith('forget', options) };
    return tellOutcomes({ kind: 'forget', tasks, carryOut: fleet.forget }, telling, shell);
  });
}
