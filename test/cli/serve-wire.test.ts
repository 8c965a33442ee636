import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  boardPaths,
  taskOfTicketPath,
  ticketPath,
  toldListing,
  toldTicket,
  videoPath,
} from '../../src/cli/board-wire.js';
import { taskRef } from '../../src/testing/arbitraries.js';

const boat = { task: { provider: 'cometapi', id: 'task_boat' }, addedAt: 7 };

describe('what a board tells its page', () => {
  it('is heard as it was told', () => {
    const listed = fc.record({ task: taskRef(), addedAt: fc.nat() });
    const listing = fc.record({ tasks: fc.array(listed), notices: fc.array(fc.string()) });
    fc.assert(
      fc.property(listing, (told) => {
        expect(toldListing(JSON.stringify(told))).toEqual(told);
      }),
    );
    expect(toldTicket(JSON.stringify({ ticket: '1.a', expiresAt: 1 }))).toBe('1.a');
  });

  it.each(['', 'no JSON', 'null', '7', '[]', '{}', '{"tasks":[]}', '{"notices":[]}', '{"tasks":{},"notices":[]}'])(
    'is nothing where it is %j',
    (text) => {
      expect(toldListing(text)).toBeUndefined();
      expect(toldTicket(text)).toBeUndefined();
    },
  );

  it('is heard without what does not fit', () => {
    const tasks = [
      null,
      7,
      {},
      { task: boat.task },
      { task: boat.task, addedAt: '7' },
      { task: { provider: 'Not a name', id: 'a' }, addedAt: 7 },
      { task: { provider: 'ark', id: '..' }, addedAt: 7 },
      { task: { provider: 'ark' }, addedAt: 7 },
      boat,
    ];
    expect(toldListing(JSON.stringify({ tasks, notices: [7, 'a', null] }))).toEqual({ tasks: [boat], notices: ['a'] });
    expect(toldListing(JSON.stringify({ tasks: [], notices: [], more: 1 }))).toEqual({ tasks: [], notices: [] });
    expect(toldTicket('{"ticket":7}')).toBeUndefined();
  });

  it('is anything at all without an error', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        toldListing(text);
        toldTicket(text);
      }),
    );
  });
});

describe('the paths of a board', () => {
  it('lead to one task each', () => {
    fc.assert(
      fc.property(taskRef(), (task) => {
        expect(taskOfTicketPath(new URL(ticketPath(task), 'http://a.test').pathname)).toEqual(task);
        expect(videoPath(task).startsWith(`${boardPaths.gateway}/tasks/${task.provider}/`)).toBe(true);
      }),
    );
    for (const path of ['/tickets', '/tickets/ark', '/tickets/ark/', '/tickets/ark/a/b', '/ticket/ark/a', '/roster'])
      expect(taskOfTicketPath(path), path).toBeUndefined();
  });
});
