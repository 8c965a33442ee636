import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEnvironmentInjector, type EnvironmentInjector, PLATFORM_ID, runInInjectionContext } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { type Observable, Subject } from 'rxjs';
import { createRoot, from } from 'solid-js';
import { derived, get, type Readable } from 'svelte/store';
import ts from 'typescript';
import { describe, expect, it, vi } from 'vitest';
import { createRenderer, createSSRApp, h } from 'vue';
import { renderToString } from 'vue/server-renderer';
import { taskSignal } from '../../docs/examples/frameworks/angular.js';
import { Task } from '../../docs/examples/frameworks/react.js';
import { List } from '../../docs/examples/frameworks/react-list.js';
import type { Seen } from '../../docs/examples/frameworks/seen.js';
import { createTask } from '../../docs/examples/frameworks/solid.js';
import { taskStore } from '../../docs/examples/frameworks/svelte.js';
import { useTask } from '../../docs/examples/frameworks/vue.js';
import { type Client, createClient, RushesError, type Snapshot } from '../../src/index.js';
import { completed, failed, live, refOf } from '../react/snapshots.js';
import { Upstream } from '../react/upstream.js';
import { fencesOf, page, root } from './pages.js';

vi.mock('rushes', () => import('../../src/index.js'));
vi.mock('rushes/react', () => import('../../src/react/index.js'));
// Node is given the build for servers, which runs no effects.
const solidBuild = vi.hoisted(
  () => (name: 'solid' | 'server') => import(`../../node_modules/solid-js/dist/${name}.js`),
);
vi.mock('solid-js', () => solidBuild('solid'));

/** What a component shows, until it is disposed of. */
interface Shown {
  now(): Seen;
  dispose(): void;
}

interface Framework {
  show(client: Client, again: Observable<unknown>): Shown;
  /** Renders as on a server. */
  serve(client: Client): unknown;
}

const task = refOf('a');

function injector(platform: string): EnvironmentInjector {
  const none = null as unknown as EnvironmentInjector;
  return createEnvironmentInjector([{ provide: PLATFORM_ID, useValue: platform }], none);
}

interface VueNode {
  parent: VueNode | null;
}

const vueRenderer = createRenderer<VueNode, VueNode>({
  patchProp: () => undefined,
  insert: (node, parent) => {
    node.parent = parent;
  },
  remove: (node) => {
    node.parent = null;
  },
  createElement: () => ({ parent: null }),
  createText: () => ({ parent: null }),
  createComment: () => ({ parent: null }),
  setText: () => undefined,
  setElementText: () => undefined,
  parentNode: ({ parent }) => parent,
  nextSibling: () => null,
});

const frameworks: Readonly<Record<string, Framework>> = {
  angular: {
    show(client, again) {
      const context = injector('browser');
      const shown = runInInjectionContext(context, () => taskSignal(client, task, again));
      return { now: () => shown(), dispose: () => context.destroy() };
    },
    serve: (client) => runInInjectionContext(injector('server'), () => taskSignal(client, task)()),
  },
  svelte: {
    show(client, again) {
      const store = taskStore(client, task, again);
      let now: Seen = {};
      const hear = (seen: Seen) => {
        now = seen;
      };
      const leaving = [store.subscribe(hear), store.subscribe(hear)];
      const dispose = () => {
        for (const leave of leaving) leave();
      };
      return { now: () => now, dispose };
    },
    serve: (client) => get(taskStore(client, task)),
  },
  vue: {
    show(client, again) {
      let now = (): Seen => ({});
      const setup = () => {
        const shown = useTask(client, task, again);
        now = () => shown.value;
        return () => h('p', shown.value.snapshot?.status);
      };
      const app = vueRenderer.createApp({ setup });
      app.mount({ parent: null });
      return { now: () => now(), dispose: () => app.unmount() };
    },
    serve: (client) =>
      renderToString(
        createSSRApp({
          setup: () => {
            const shown = useTask(client, task);
            return () => h('p', shown.value.snapshot?.status);
          },
        }),
      ),
  },
  solid: {
    show: (client, again) => createRoot((dispose) => ({ now: createTask(client, () => task, again), dispose })),
    async serve(client) {
      vi.resetModules();
      vi.doMock('solid-js', () => solidBuild('server'));
      const onServer = await import('../../docs/examples/frameworks/solid.js');
      const built = await import('solid-js');
      return built.createRoot(() => onServer.createTask(client, () => task)());
    },
  },
};

function stage() {
  const upstream = new Upstream();
  return { upstream, client: createClient(upstream.source), again: new Subject<void>() };
}

describe.each(Object.entries(frameworks))('the example for %s', (_, framework) => {
  it('shows the progress and the end of a task, and asks no more then', async () => {
    const { upstream, client, again } = stage();
    const { now, dispose } = framework.show(client, again);
    await vi.waitUntil(() => upstream.open === 1);
    expect(now().snapshot).toBeUndefined();
    upstream.say(live('a', 30));
    expect(now()).toEqual({ snapshot: live('a', 30) });
    upstream.say(completed('a'));
    expect(now()).toEqual({ snapshot: completed('a') });
    expect([upstream.asked.length, upstream.open]).toEqual([1, 0]);
    dispose();
  });

  it('shows a loss beside the last snapshot, and asks again only when it is told to', async () => {
    const { upstream, client, again } = stage();
    const { now, dispose } = framework.show(client, again);
    await vi.waitUntil(() => upstream.open === 1);
    upstream.say(live('a', 30));
    upstream.fail(task, new RushesError('UNAVAILABLE', 'gone'));
    expect(now()).toMatchObject({ snapshot: live('a', 30), lost: { code: 'UNAVAILABLE', task } });
    expect(upstream.asked).toHaveLength(1);
    again.next();
    expect(now()).toEqual({ snapshot: live('a', 30) });
    expect([upstream.asked.length, upstream.open]).toEqual([2, 1]);
    upstream.fail(task, new RushesError('NOT_FOUND', 'gone for good'));
    expect(now()).toMatchObject({ lost: { code: 'NOT_FOUND' } });
    again.next();
    upstream.say(completed('a'));
    expect(now()).toEqual({ snapshot: completed('a') });
    dispose();
    expect(again.observed).toBe(false);
  });

  it('stops when its component is gone', async () => {
    const { upstream, client, again } = stage();
    const [one, other] = [framework.show(client, again), framework.show(client, again)];
    await vi.waitUntil(() => upstream.open === 1);
    one.dispose();
    expect(upstream.open).toBe(1);
    other.dispose();
    expect([upstream.asked.length, upstream.open]).toEqual([1, 0]);
  });

  it('asks nobody on a server', async () => {
    const { upstream, client } = stage();
    await framework.serve(client);
    await new Promise((resolve) => setImmediate(resolve));
    expect(upstream.asked).toEqual([]);
  });
});

describe('what the guide warns of', () => {
  it('toSignal throws the error of a watch at each look', () => {
    const { upstream, client } = stage();
    const shown = runInInjectionContext(injector('browser'), () => toSignal(client.watch(task)));
    upstream.fail(task, new RushesError('UNAVAILABLE', 'gone'));
    expect(() => shown()).toThrow('gone');
    expect(() => shown()).toThrow('gone');
  });

  it('Svelte takes a watch for a store, but a derived store swallows its error', () => {
    const { upstream, client } = stage();
    const storeOf = (watch: Observable<Snapshot>) => watch as unknown as Readable<Snapshot | undefined>;
    expect(get(storeOf(client.watch(completed('a'))))).toEqual(completed('a'));
    const heard = vi.fn();
    const leave = derived(storeOf(client.watch(task)), (snapshot) => snapshot?.progress).subscribe(heard);
    upstream.say(live('a', 5));
    upstream.fail(task, new RushesError('UNAVAILABLE', 'gone'));
    expect(heard.mock.calls.map(([progress]) => progress)).toEqual([undefined, 5]);
    leave();
  });

  it('from() of Solid lets an error go unhandled', async () => {
    const { upstream, client } = stage();
    const { config } = await import('rxjs');
    const unhandled = vi.fn();
    config.onUnhandledError = unhandled;
    try {
      createRoot(() => from(client.watch(task)));
      upstream.fail(task, new RushesError('UNAVAILABLE', 'gone'));
      await vi.waitUntil(() => unhandled.mock.calls.length === 1);
    } finally {
      config.onUnhandledError = null;
    }
  });
});

describe('the example for react', () => {
  const html = (given: Parameters<typeof Task>[0]['task']) =>
    renderToStaticMarkup(
      createElement(Task, { client: stage().client, task: given, videoOf: ({ id }) => `/${id}/content` }),
    );

  it('shows each way in which a task may stand', () => {
    expect(html(task)).toBe('<p>Asking</p>');
    expect(html(live('a', 30) as never)).toBe('<progress value="30" max="100"></progress>');
    expect(html(completed('a') as never)).toContain('<video src="/a/content"');
    expect(html(failed('a', 'Not <this> prompt.') as never)).toBe('<p role="alert">Not &lt;this&gt; prompt.</p>');
  });

  it('shows many', () => {
    const tasks = [task, live('b', 30), failed('c', 'No.'), { provider: 'NO', id: 'd' }] as never;
    const list = createElement(List, { client: stage().client, tasks });
    expect(renderToStaticMarkup(list)).toBe(
      '<ul><li>asking </li><li>in_progress 30</li><li>failed : No.</li>' +
        '<li>lost <button type="button">Look again</button></li></ul>',
    );
  });
});

describe('the examples for frameworks', () => {
  const folder = 'docs/examples/frameworks';
  const names = readdirSync(join(root, folder));

  it('are quoted as they are', () => {
    const guides = ['docs/guides/react.md', 'docs/guides/frameworks.md'];
    const quoted = guides.flatMap((guide) => fencesOf({ path: guide, text: page(guide) })).map(({ text }) => text);
    const missed = names.filter((name) => !quoted.includes(readFileSync(join(root, folder, name), 'utf8')));
    expect(missed).toEqual([]);
    expect(names.length).toBeGreaterThan(5);
  });

  it('are accepted by the compiler', { timeout: 120_000 }, () => {
    const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile);
    const files = names.map((name) => join(root, folder, name));
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, root);
    const program = ts.createProgram(files, options);
    const said = files.flatMap((file) => {
      const source = program.getSourceFile(file);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    });
    expect(said.map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '))).toEqual([]);
  });
});
