import { writeSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { openLedger } from '../../../src/create/file-ledger/open-ledger.js';
import { create, keyOf, made } from './facts.js';

/** Said at once, so that nothing is said that was not so before a kill. */
const say = (line: string) => writeSync(1, `${line}\n`);

const [does, path, name] = process.argv.slice(2) as [string, string, string];
const ledger = await openLedger(path);

if (does === 'create') {
  say('ready');
  for (let n = 0; n < 100; n++) {
    const key = keyOf(await ledger.begin(create));
    say(`begun ${key}`);
    if (n % 5 === 4) continue;
    const id = `task-${name}-${n}`;
    await ledger.note(key, { kind: 'created', snapshot: made(id) });
    say(`created ${key} ${id}`);
  }
  say('over');
  await new Promise((resolve) => setTimeout(resolve, 60_000));
} else {
  say('ready');
  for await (const idempotencyKey of createInterface({ input: process.stdin })) {
    const said = await ledger.begin({ ...create, idempotencyKey }).catch((error: { code: string }) => error);
    say('kind' in said ? said.kind : said.code);
  }
  await ledger.close();
}
