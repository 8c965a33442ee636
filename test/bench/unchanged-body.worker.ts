import { asyncScheduler, Observable } from 'rxjs';
import { Waits } from '../../src/cadence/waits.js';
import type { HttpResponse } from '../../src/providers/provider.js';
import { Account } from '../../src/watch/account.js';
import { Reporter } from '../../src/watch/activity.js';
import { createReader, type ReadMemory } from '../../src/watch/read.js';
import { arrived, bodyOf, provider, taskId } from './scene.js';

// Prints what a read takes to understand an unchanged body, as a share of JSON.parse of that body. A read has more to do
// than that, so its time with a body of one character, as unchanged, is subtracted: the request, the budget and the
// machinery are the same. Every text is in memory of its own, so that comparing it means reading it.

const task = { provider: 'cometapi', id: taskId(1) };
const copies = 100;
const body = Buffer.from(bodyOf(task.id));
const texts = Array.from({ length: copies }, () => arrived(body));
const stubs = Array.from({ length: copies }, () => arrived(Buffer.from('0')));

const asked = provider();
let understood = 0;
const account = new Account(
  {
    ...asked,
    hear: (operation, response) => {
      understood++;
      return asked.hear(operation, { ...response, text: body.toString() });
    },
  },
  { lane: () => ({ admit: () => (source) => source, pause: () => undefined }) },
);

let text = '';
const response: HttpResponse = {
  status: 200,
  url: '',
  header: () => null,
  get text() {
    return text;
  },
};
const read = createReader({
  account,
  exchange: () =>
    new Observable((subscriber) => {
      subscriber.next(response);
    }),
  requestTimeoutMs: Number.POSITIVE_INFINITY,
  raw: false,
  waits: new Waits(asyncScheduler),
  reporter: new Reporter(),
});

const memories: Readonly<Record<'texts' | 'stubs', ReadMemory>> = { texts: { task }, stubs: { task } };

function timeOf(side: 'texts' | 'stubs' | 'parse'): number {
  const before = process.hrtime.bigint();
  for (let round = 0; round < 100; round++) {
    for (const each of side === 'stubs' ? stubs : texts) {
      text = each;
      if (side === 'parse') JSON.parse(text);
      else read(memories[side], 0).subscribe();
    }
  }
  return Number(process.hrtime.bigint() - before);
}

// The quickest of many rounds: a difference of medians would be one of their noise.
const sides = ['texts', 'stubs', 'parse'] as const;
const best = { texts: Number.POSITIVE_INFINITY, stubs: Number.POSITIVE_INFINITY, parse: Number.POSITIVE_INFINITY };
for (let round = 0; round < 60; round++) {
  for (const side of sides) best[side] = Math.min(best[side], timeOf(side));
}
if (understood !== 2) throw new Error(`an unchanged body was read again: ${understood} times`);
console.log(Math.max(best.texts - best.stubs, 0) / best.parse);
