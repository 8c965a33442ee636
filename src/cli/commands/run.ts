import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { catchError, map, merge, of, race, Subject, throwError, timer } from 'rxjs';
import { messageOf } from '../../errors.js';
import { type CreateInput, isLost, isRushesError, type TaskEvent } from '../../index.js';
import { conduct } from '../conduct.js';
import type { ExitCode } from '../exit-code.js';
import { byLedger, goOnById } from '../go-on.js';
import { ledgerTrouble } from '../ledger/ledger-trouble.js';
import { noticesOf } from '../notices.js';
import type { TaskOptions } from '../options.js';
import { chosenProvider, openProvider } from '../provider-choice.js';
import { savingVideos } from '../saving-videos.js';
import { sending } from '../sending.js';
import { openSession } from '../session.js';
import type { Shell } from '../shell.js';
import { WrongUsage } from '../wrong-usage.js';

/** What `rushes run` takes. */
export interface RunOptions extends TaskOptions {
  readonly model: string;
  readonly seconds?: number;
  readonly size?: string;
  readonly resolution?: string;
  readonly ratio?: string;
  readonly input?: string;
  readonly idempotencyKey?: string;
}

/** How long an interruption waits for the answer to a create that is on its way. */
const HOLD_MS = 3_000;

/** Makes a video with one POST, and watches it. */
export async function run(prompt: string, options: RunOptions, shell: Shell): Promise<ExitCode> {
  const { provider: _, baseUrl: __, ...others } = options;
  const { idempotencyKey, json = false, download, ledger } = options;
  if (ledger === false && idempotencyKey !== undefined) {
    throw new WrongUsage('--idempotency-key needs a ledger, which remembers what was made: leave out --no-ledger');
  }
  const name = chosenProvider(options.provider, shell.env);
  const provider = openProvider(name, options.baseUrl, shell.env);
  const input = await inputOf(prompt, options);
  provider.ask({ kind: 'create', input });
  const session = await openSession(options, shell, { needsLedger: true });
  try {
    const client = session.client(provider);
    const said = new Subject<string>();
    const told = `What became of it is told by:\n  ${byLedger(others).goOn()}`;
    const meant = (error: unknown) =>
      isRushesError(error) && error.code === 'LEDGER_FAILED' && ledger !== undefined
        ? ledgerTrouble(error, ledger)
        : error;
    const create = sending(client.run(input, { idempotencyKey }));
    const events = create.made.pipe(
      map((snapshot): TaskEvent => ({ kind: 'snapshot', task: snapshot.task, snapshot })),
      catchError((error: unknown) =>
        isLost(error) ? of<TaskEvent>({ kind: 'lost', task: error.task, error }) : throwError(() => meant(error)),
      ),
      savingVideos(client, session),
    );
    return await conduct(
      {
        command: 'run',
        title: `rushes: ${input.model} at ${name}${options.baseUrl === undefined ? '' : ` (${provider.baseUrl})`}`,
        named: [],
        events,
        activity: session.activity,
        notices: merge(said, noticesOf(session)),
        isJson: json,
        isSaving: download !== undefined,
        ...(session.ledger ? byLedger(others) : { goOn: goOnById('watch', options, name) }),
        stepAfter: (error) =>
          session.ledger && isRushesError(error) && error.code === 'CREATE_AMBIGUOUS' ? told : undefined,
        holdOn: () => {
          if (!create.isOnItsWay()) return of(undefined);
          said.next('The create is on its way and cannot be taken back: waiting up to 3 s for its answer.');
          return race(create.answered, timer(HOLD_MS));
        },
        inTheDark: () => {
          if (!create.isOnItsWay()) return undefined;
          return session.ledger
            ? `No answer has come to the create. ${told}`
            : `No answer has come to the create: look for a task of ${input.model} at ${provider.baseUrl} before creating again.`;
        },
      },
      shell,
    );
  } finally {
    await session.close();
  }
}

async function inputOf(prompt: string, options: RunOptions): Promise<CreateInput> {
  const { model, seconds, size, resolution, ratio, input: file } = options;
  return {
    model,
    prompt,
    ...(seconds !== undefined && { seconds }),
    ...(size !== undefined && { size }),
    ...(resolution !== undefined && { resolution }),
    ...(ratio !== undefined && { ratio }),
    ...(file !== undefined && { inputReference: await imageFrom(file) }),
  };
}

const imageTypes: Readonly<Record<string, string>> = {
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.jpeg': 'image/jpeg',
  '.webp': 'image/webp',
};

async function imageFrom(path: string): Promise<Blob> {
  const type = imageTypes[extname(path).toLowerCase()] ?? '';
  try {
    return new Blob([await readFile(path)], { type });
  } catch (error) {
    throw new WrongUsage(`--input names a file that cannot be read: ${messageOf(error)}`);
  }
}
