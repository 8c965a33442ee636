import { merge, Subject } from 'rxjs';
import { conduct } from '../conduct.js';
import { type ExitCode, exitCodes, graver } from '../exit-code.js';
import { goOnById } from '../go-on.js';
import { noticesOf } from '../notices.js';
import type { TaskOptions } from '../options.js';
import { chosenProvider, openProvider } from '../provider-choice.js';
import { savingVideos } from '../saving-videos.js';
import { openSession } from '../session.js';
import type { Shell } from '../shell.js';
import { givenTasks } from '../task-ids.js';

/** Watches tasks until they have ended, and saves their videos where a folder is named. */
export async function watch(
  command: 'watch' | 'download',
  ids: readonly string[],
  options: TaskOptions,
  shell: Shell,
): Promise<ExitCode> {
  const name = chosenProvider(options.provider, shell.env);
  const provider = openProvider(name, options.baseUrl, shell.env);
  const wrongLines = new Subject<string>();
  let code: ExitCode = exitCodes.completed;
  const tasks = givenTasks(ids, name, shell, (problem) => {
    code = exitCodes.wrongUsage;
    wrongLines.next(`rushes: ${problem}`);
  });
  const session = await openSession(options, shell);
  try {
    const client = session.client(provider);
    const { length } = tasks.named;
    const title = tasks.isOpen ? 'tasks' : `${length} task${length === 1 ? '' : 's'}`;
    const end = await conduct(
      {
        command,
        title: `rushes: ${title} at ${name}${options.baseUrl === undefined ? '' : ` (${provider.baseUrl})`}`,
        named: tasks.named,
        events: client.watchAll(tasks.all).pipe(savingVideos(client, session)),
        activity: session.activity,
        notices: merge(wrongLines, noticesOf(session)),
        isJson: options.json === true,
        isSaving: options.download !== undefined,
        goOn: goOnById(command, options, name),
      },
      shell,
    );
    return graver(end, code);
  } finally {
    await session.close();
  }
}
