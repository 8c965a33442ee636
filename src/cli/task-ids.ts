import { createInterface } from 'node:readline';
import type { TaskRef } from '../index.js';
import { idProblem } from '../task/ref.js';
import type { Shell } from './shell.js';
import { WrongUsage } from './wrong-usage.js';

/** The argument that stands for the ids on standard input. */
const FROM_STDIN = '-';

/** The tasks that a command is about. */
export interface GivenTasks {
  /** Those that were given as arguments. */
  readonly named: readonly TaskRef[];
  /** Whether more come on standard input. */
  readonly isOpen: boolean;
  /** All of them, those on standard input as they come. */
  readonly all: AsyncIterable<TaskRef> | readonly TaskRef[];
}

/**
 * The tasks of `provider` that `args` name; `-` stands for ids on standard input, a line each.
 *
 * @param onWrong - Told of a line that is no id; the others go on.
 * @throws WrongUsage for an argument that is no id.
 */
export function givenTasks(
  args: readonly string[],
  provider: string,
  { stdin }: Pick<Shell, 'stdin'>,
  onWrong: (problem: string) => void,
): GivenTasks {
  const ids = args.filter((id) => id !== FROM_STDIN);
  for (const id of ids) {
    const problem = idProblem(id);
    if (problem !== undefined) throw new WrongUsage(wrong(id, problem));
  }
  const named = [...new Set(ids)].map((id) => ({ provider, id }));
  const isOpen = ids.length < args.length;
  return { named, isOpen, all: isOpen ? withStdin(named, provider, stdin, onWrong) : named };
}

async function* withStdin(
  named: readonly TaskRef[],
  provider: string,
  stdin: NodeJS.ReadableStream,
  onWrong: (problem: string) => void,
): AsyncGenerator<TaskRef> {
  yield* named;
  for await (const id of createInterface({ input: stdin, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (id === '') continue;
    const problem = idProblem(id);
    if (problem === undefined) yield { provider, id };
    else onWrong(wrong(id, problem));
  }
}

function wrong(id: string, problem: string): string {
  return `a task id: expected ${problem}, received ${JSON.stringify(id.slice(0, 100))}`;
}
