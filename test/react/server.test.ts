import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { createElement, StrictMode } from 'react';
import { renderToPipeableStream, renderToStaticMarkup, renderToString } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { type Client, createClient, type TaskLike } from '../../src/index.js';
import { findHeldWatches } from '../../src/react/held-watches.js';
import { useTask, useTasks } from '../../src/react/index.js';
import { Page, Task, Tasks } from './components.js';
import { completed, failed, live, refOf } from './snapshots.js';
import { Upstream } from './upstream.js';

function stage() {
  const upstream = new Upstream();
  return { upstream, client: createClient(upstream.source) };
}

const html = (client: Client, task: TaskLike | null) => renderToStaticMarkup(createElement(Task, { client, task }));

/** What a caller may pass by mistake. */
const wrong = (value: unknown) => value as never;

describe('rendering on a server', () => {
  it('shows what was given, asks nobody, and leaves nothing behind', async () => {
    const { client, upstream } = stage();
    const seats = { client, seed: live('a', 40), task: refOf('b') };
    const page = createElement(StrictMode, null, createElement(Page, seats));
    const before = process.getActiveResourcesInfo();
    const whole = renderToString(page);
    expect(process.getActiveResourcesInfo()).toEqual(before);
    const stream = new PassThrough();
    renderToPipeableStream(page).pipe(stream);
    expect(await text(stream)).toBe(whole);
    expect(whole).toContain('in_progress<!-- --> <!-- -->40');
    expect(whole).toContain('<li>in_progress</li><li>asking</li>');
    expect(upstream.asked).toEqual([]);
    expect(findHeldWatches(client)).toBeUndefined();
  });

  it('shows the end of a task, and what it failed of as text', () => {
    const { client, upstream } = stage();
    expect(html(client, completed('a'))).toBe('<p>completed 100</p>');
    expect(html(client, failed('a', '<img src=x onerror=alert(1)>'))).toBe(
      '<p>failed <em>&lt;img src=x onerror=alert(1)&gt;</em></p>',
    );
    expect(upstream.asked).toEqual([]);
  });

  it('shows nothing of no task', () => {
    const { client } = stage();
    expect(html(client, null)).toBe('<p>asking </p>');
    expect(renderToStaticMarkup(createElement(Tasks, { client, tasks: [] }))).toBe('<ul></ul>');
  });

  it('shows in a list what names no task as lost', () => {
    const { client } = stage();
    const tasks = [refOf('a'), 'an id alone', wrong({ id: 'a' }), completed('b')];
    expect(renderToStaticMarkup(createElement(Tasks, { client, tasks }))).toBe(
      '<ul><li>asking</li><li>INVALID_ARGUMENT</li><li>INVALID_ARGUMENT</li><li>completed</li></ul>',
    );
  });
});

describe('wrong arguments', () => {
  const client = createClient(new Upstream().source);
  const rendering = (hook: () => unknown) => () =>
    renderToString(
      createElement(() => {
        hook();
        return null;
      }),
    );

  it.each([
    ['an id alone over a source', () => useTask(client, 'a')],
    ['no task at all', () => useTask(client, wrong(undefined))],
    ['a provider that is none', () => useTask(client, { provider: 'A B', id: 'a' })],
    ['a snapshot without its task', () => useTask(client, wrong({ ...live('a', 1), task: undefined }))],
    ['a failure without a reason', () => useTask(client, wrong({ ...failed('a', 'x'), error: {} }))],
    ['no client', () => useTask(wrong(undefined), refOf('a'))],
    ['no client, and no task', () => useTask(wrong({}), null)],
    ['no list', () => useTasks(client, wrong(refOf('a')))],
    ['a list for a client', () => useTasks(wrong([]), [refOf('a')])],
  ])('throw while rendering: %s', (_, hook) => {
    expect(rendering(hook)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
