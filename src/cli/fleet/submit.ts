import { map, merge, Subject, share } from 'rxjs';
import type { SubmitOptions as Order, Submitted } from '../../fleet/index.js';
import type { ExitCode } from '../exit-code.js';
import type { Shell } from '../shell.js';
import { type Errand, tellOutcomes } from '../tell-outcomes.js';
import { goOnWith, statusLine, withTasks, wordsFor } from './errands.js';
import type { SubmitOptions } from './fleet-options.js';
import { follow } from './follow.js';
import { awayWords, isAway } from './nats-patience.js';

const words: Readonly<Record<Submitted, string>> = {
  submitted: 'submitted',
  'already-watched': 'watched already',
  'already-finished': 'finished already',
};

/** Lets a fleet watch tasks, and follows them where that is wanted. */
export function submit(ids: readonly string[], options: SubmitOptions, shell: Shell): Promise<ExitCode> {
  const { deadline, watch: isFollowing = false, json, name } = options;
  const order: Order = deadline ? { deadlineMs: deadline.ms } : {};
  const goOn = goOnWith('submit', options, (isOutOfTime) => [
    ...(deadline && !isOutOfTime ? ['--deadline', deadline.text] : []),
    ...(isFollowing ? ['--watch'] : []),
  ]);
  const wrongLines = new Subject<string>();
  const onWrong = isFollowing ? (line: string) => wrongLines.next(line) : shell.say;
  const asked = { ids, options, onWrong, isLasting: isFollowing };
  return withTasks('submit', asked, shell, ({ fleet, connection, tasks, provider }) => {
    const errand: Errand<Submitted> = {
      kind: 'submit',
      tasks,
      carryOut: (task) => fleet.submit(task, order),
    };
    if (!isFollowing) return tellOutcomes(errand, { json, ...wordsFor(words), goOn }, shell);
    const { deadlineMs = provider.deadlineMs } = order;
    const away = isAway(connection).pipe(share());
    const following = {
      ...{ source: fleet.source, name, of: provider.name, deadlineMs, json, goOn },
      notices: merge(wrongLines, away.pipe(map(awayWords))),
      isAway: away,
      status: statusLine(options),
    };
    return follow(errand, following, shell);
  });
}
