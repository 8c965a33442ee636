import { BehaviorSubject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { createClient, isTerminal, type Snapshot } from '../../src/index.js';
import { iterate } from '../../src/streams/index.js';
import { ref, said } from './told.js';

const tasks = 200;
const maxWatched = 7;

/** A client whose tasks are told of by a test, and an input that says how far it was read. */
function world() {
  const watched = new Map<string, BehaviorSubject<Snapshot>>();
  const input = { pulled: 0 };
  const client = createClient(({ id }) => {
    const subject = new BehaviorSubject(said(id, 'queued'));
    watched.set(id, subject);
    return subject;
  });
  async function* refs(from = 0, to = tasks) {
    for (let nth = from; nth < to; nth++) {
      input.pulled++;
      yield ref(`${nth}`);
    }
  }
  const tell = (snapshot: Snapshot) => {
    const subject = watched.get(snapshot.task.id);
    if (isTerminal(snapshot)) watched.delete(snapshot.task.id);
    subject?.next(snapshot);
  };
  return { watched, input, client, refs, tell };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe('tasks that are read from somewhere, watched, and written somewhere', () => {
  it('are read only as fast as watches end, and every end arrives', async () => {
    const { watched, input, client, refs, tell } = world();
    const events = iterate(client.watchAll(refs(), { maxWatched }), { maxBuffered: 3 })[Symbol.asyncIterator]();
    const first = events.next();
    await turn();
    let ended = 0;
    while (watched.size > 0) {
      expect(watched.size).toBeLessThanOrEqual(maxWatched);
      expect(input.pulled - ended).toBeLessThanOrEqual(maxWatched + 1);
      for (const id of watched.keys()) for (const progress of [1, 2, 3]) tell(said(id, 'in_progress', progress));
      const [id] = watched.keys();
      tell(said(id ?? '', 'completed'));
      ended++;
      await turn();
    }
    const heard = [(await first).value];
    for (let result = await events.next(); !result.done; result = await events.next()) heard.push(result.value);
    const ends = heard.filter((event) => event.kind === 'snapshot' && isTerminal(event.snapshot));
    expect(ends.map(({ task }) => task.id)).toEqual(Array.from({ length: tasks }, (_, nth) => `${nth}`));
    expect(heard.length - ends.length).toBeLessThanOrEqual(1 + 3);
  });

  it('are read no faster than they are written, a page at a time', async () => {
    const { watched, input, client, refs, tell } = world();
    const size = 10;
    let written = 0;
    for (let page = 0; page < 5; page++) {
      for await (const event of iterate(client.watchAll(refs(page * size, (page + 1) * size)))) {
        for (const id of watched.keys()) tell(said(id, 'completed'));
        if (event.kind === 'snapshot' && isTerminal(event.snapshot)) written++;
        expect(input.pulled - written).toBeLessThanOrEqual(size);
        await turn();
      }
    }
    expect(written).toBe(5 * size);
  });
});
