import { storageLedger } from '../../../src/create/storage-ledger/storage-ledger.js';
import { ark, createCandidates, createClient, pollEvery, type TaskRef } from '../../../src/index.js';

const provider = ark({ apiKey: 'any', baseUrl: `${location.origin}/ark` });
const ledger = await storageLedger({ scope: 'user-1' });
const client = createClient(provider, { ledger, cadence: pollEvery(100) });

/** Shows what becomes of every task that is not finished. */
function resume(): void {
  client.watchAll(ledger.unfinished()).subscribe((event) => show(event.task, event.kind, event));
}

function show({ id }: TaskRef, kind: string, event: object): void {
  const status = 'snapshot' in event ? (event.snapshot as { status: string }).status : kind;
  const line = document.getElementById(id) ?? document.body.appendChild(document.createElement('p'));
  Object.assign(line, { id, textContent: status });
}

/** What a test may ask of this page. */
const page = {
  create: async () => {
    const { task } = await client.create({ model: 'doubao-seedance-2-0-260128', prompt: 'a paper boat in the rain' });
    resume();
    return task;
  },
  unfinished: async () => {
    const { snapshots, creates } = await ledger.unfinished();
    return { tasks: snapshots.map(({ task }) => task), creates };
  },
  /** Settles the only open create with the only task that it can have made. */
  lookUp: async () => {
    const [create] = (await ledger.unfinished()).creates;
    if (!create) throw new Error('no create is open');
    const [candidate, ...others] = await createCandidates(provider, create);
    if (!candidate || others.length > 0) throw new Error(`${others.length} other tasks`);
    await ledger.settle(create.key, { ref: candidate.task });
    resume();
    return candidate.task;
  },
};

declare global {
  var reloadPage: typeof page;
}

globalThis.reloadPage = page;
resume();
document.body.append('ready');
