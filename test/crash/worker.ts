import { writeSync } from 'node:fs';
import { join } from 'node:path';
import { concatMap, filter, from, last, mergeMap, tap } from 'rxjs';
import { cometapi, createClient, isCompleted, pollEvery, type Snapshot } from '../../src/index.js';
import { nodeTransport, openLedger, saveVideo } from '../../src/node.js';

/** A program as a user writes it: make a video, or take up what is left, and save it. It is killed at any moment. */
const [mode = '', baseUrl = '', folder = '', ...subjects] = process.argv.slice(2);
const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);

const ledger = await openLedger(join(folder, 'ledger'));
const transport = nodeTransport();
const client = createClient(cometapi({ apiKey: process.env['COMETAPI_KEY'], baseUrl }), {
  ledger,
  transport,
  cadence: pollEvery(25),
});

const save = (task: Snapshot) =>
  saveVideo(client, task, join(folder, 'video.mp4')).pipe(tap((event) => event.kind === 'saved' && say(event)));

say({ kind: 'ready' });
if (mode === 'create') {
  client
    .run({ model: 'doubao-seedance-2-0', prompt: subjects[0] ?? '', seconds: 5 })
    .pipe(
      tap(({ task, status }) => say({ kind: 'told', task, status })),
      filter(isCompleted),
      concatMap(save),
    )
    .subscribe({ complete: finish, error: fail });
} else {
  from(subjects)
    .pipe(mergeMap((id) => client.watch(id).pipe(last(), concatMap(save))))
    .subscribe({ complete: finish, error: fail });
}

async function finish(): Promise<void> {
  await ledger.close();
  await transport.close();
  say({ kind: 'done' });
}

function fail(error: unknown): void {
  say({ kind: 'failed', error });
  process.exitCode = 1;
}
