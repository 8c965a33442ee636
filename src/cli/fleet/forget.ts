import type { Forgotten } from '../../fleet/index.js';
import type { ExitCode } from '../exit-code.js';
import type { Shell } from '../shell.js';
import { goOnWith, withTasks } from './errands.js';
import type { TasksOfFleetOptions } from './fleet-options.js';
import { tellOutcomes } from './tell-outcomes.js';

const words: Readonly<Record<Forgotten, string>> = {
  forgotten: 'forgotten',
  'not-watched': 'was not watched',
  'already-finished': 'finished already',
};

/** Ends watches of a fleet. */
export function forget(ids: readonly string[], options: TasksOfFleetOptions, shell: Shell): Promise<ExitCode> {
  const { json } = options;
  return withTasks('forget', { ids, options, onWrong: shell.say }, shell, ({ fleet, tasks }) => {
    const goOn = goOnWith('forget', options);
    return tellOutcomes({ kind: 'forget', tasks, json, words, goOn, carryOut: fleet.forget }, shell);
  });
}
