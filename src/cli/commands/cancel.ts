import type { CancelOutcome } from '../../index.js';
import { wordsOf } from '../error-words.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { goOnById } from '../go-on.js';
import { nextStep } from '../next-step.js';
import type { TaskOptions } from '../options.js';
import { chosenProvider, openProvider } from '../provider-choice.js';
import { openSession } from '../session.js';
import type { Shell } from '../shell.js';
import { givenTasks } from '../task-ids.js';
import { type Meaning, type OutcomeTelling, tellOutcomes } from '../tell-outcomes.js';

/** Asks for tasks to be given up, and tells what came of it. */
export async function cancel(ids: readonly string[], options: TaskOptions, shell: Shell): Promise<ExitCode> {
  const name = chosenProvider(options.provider, shell.env);
  const provider = openProvider(name, options.baseUrl, shell.env);
  let codeOfGiven: ExitCode = exitCodes.completed;
  const tasks = givenTasks(ids, name, shell, (problem) => {
    codeOfGiven = exitCodes.wrongUsage;
    shell.say(`rushes: ${problem}`);
  });
  const session = await openSession(options, shell);
  const client = session.client(provider);
  const telling: OutcomeTelling<CancelOutcome> = {
    json: options.json,
    outcome: (outcome) => meaningOf(outcome, name),
    trouble: (error) => {
      const words = [`${wordsOf(error)}.`, nextStep(error, 'cancel')].filter(Boolean).join(' ');
      return { code: exitCodes.unknown, words };
    },
    codeOfGiven: () => codeOfGiven,
    goOn: goOnById('cancel', options, name),
  };
  try {
    return await tellOutcomes({ kind: 'cancel', tasks, carryOut: (task) => client.cancel(task) }, telling, shell);
  } finally {
    await session.close();
  }
}

/** A task that goes on was not cancelled, which is a failure of what was asked. */
function meaningOf(outcome: CancelOutcome, provider: string): Meaning {
  switch (outcome) {
    case 'cancelled':
      return { code: exitCodes.completed, words: 'cancelled' };
    case 'too-late':
      return { code: exitCodes.failed, words: 'too late: it has begun, or ended' };
    case 'unsupported':
      return { code: exitCodes.failed, words: `${provider} has no documented way to cancel` };
  }
}
