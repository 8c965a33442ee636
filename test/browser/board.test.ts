import { readFileSync, writeFileSync } from 'node:fs';
import type { Page } from 'playwright-core';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect } from 'vitest';
import { createClient, type Snapshot } from '../../src/index.js';
import { toNodeListener } from '../../src/sse/gateway/to-node-listener.js';
import { gateway } from '../../src/sse/index.js';
import { type Simulation, simulate } from '../../src/testing/index.js';
import { installedBoard, type RunningBoard, withKey } from '../cli/serve-stage.js';
import { browserOfTests } from './open-browser.js';
import type {} from './pages/event-source.js';
import { type ServedPage, servePage } from './serve-page.js';

const cli = installedBoard();
const { it, context } = browserOfTests({ args: ['--host-resolver-rules=MAP evil.test 127.0.0.1'] });

let sim: Simulation;
beforeAll(async () => {
  sim = await simulate({
    speed: 20,
    timeline: ({ id, input }) =>
      id.startsWith('live')
        ? [{ afterMs: 0, status: 'in_progress' }]
        : input.prompt === 'x'
          ? undefined
          : [{ afterMs: 0, status: 'completed' }],
    faults: ({ id }) => {
      const hostile = hostilities[id ?? ''];
      return hostile && { kind: 'respond', respond: () => Response.json({ id, object: 'video', ...hostile }) };
    },
  });
  for (const id of ['live', 'done']) sim.add('cometapi', { id });
});
afterAll(() => sim.close());

const markup = '<img src=x onerror="window.ran=1"><script>window.ran=1</script>';
const hostilities: Readonly<Record<string, object>> = {
  'evil-error': { status: 'failed', model: `</script>${markup}`, error: { code: markup, message: markup } },
  'evil-url': {
    status: 'completed',
    model: markup,
    video_url: 'javascript:window.ran=1',
    url: 'javascript:window.ran=1',
  },
  'evil-word': { status: markup, model: '"><svg onload=window.ran=1>', size: markup },
};

const serve = (ids: readonly string[], ...args: readonly string[]): Promise<RunningBoard> =>
  cli.board(['serve', ...ids, '--no-ledger', '--base-url', `${sim.url}/cometapi`, ...args], {
    env: withKey(cli.home()),
  });

/** A page that notes what it asks for, and what goes wrong in it. */
async function watched() {
  const page = await (await context()).newPage();
  const requests: { readonly url: string; readonly referer: string | undefined }[] = [];
  const troubles: string[] = [];
  page.on('request', (request) => requests.push({ url: request.url(), referer: request.headers()['referer'] }));
  page.on('dialog', (dialog) => {
    troubles.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('pageerror', (error) => troubles.push(String(error)));
  page.on('console', (message) => {
    if (message.type() === 'error') troubles.push(message.text());
  });
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) =>
      console.error(`CSP ${violatedDirective} ${blockedURI}`),
    );
  });
  return { page, requests, troubles };
}

/** Nobody looks at this one: its tasks go on faster than those that a user sees. */
function quicken(script: string): void {
  const pace = /\b(SPEED\d*) = 4;/;
  const text = readFileSync(script, 'utf8');
  expect(text.split(pace)).toHaveLength(3);
  writeFileSync(script, text.replace(pace, '$1 = 12;'));
}

/** For what polls, as long as a busy machine may take. */
const soon = { timeout: 15_000 };

const items = (page: Page) => page.getByRole('list', { name: 'Frames' }).getByRole('listitem');

describe.concurrent('rushes demo --board', () => {
  it('shows a dozen tasks, how each ends, and a video that plays', { timeout: 120_000 }, async ({ expect }) => {
    quicken(cli.script);
    const board = await cli.board(['demo', '--board']);
    const { page, troubles } = await watched();
    await page.goto(board.url);
    await expect.poll(() => items(page).count(), soon).toBe(12);
    await page.getByText('done', { exact: true }).nth(1).waitFor({ timeout: 45_000 });
    const video = page.locator('video').first();
    await expect.poll(() => video.evaluate((each: HTMLVideoElement) => each.duration), soon).toBeGreaterThan(1);
    await page
      .locator('article', { has: page.locator('video') })
      .first()
      .focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => video.evaluate((each: HTMLVideoElement) => each.currentTime), soon).toBeGreaterThan(0);
    await page.getByRole('button', { name: 'done 7' }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'failed 2' }).waitFor();
    await page.getByRole('button', { name: 'lost 3' }).waitFor({ timeout: 60_000 });
    await page.getByRole('button', { name: 'Look again at frame 4' }).click();
    await page.getByRole('button', { name: /^lost [23]$/ }).waitFor();
    expect(troubles).toEqual([]);
    board.child.kill('SIGINT');
    expect((await board.ended).code).toBe(130);
    await page.getByText(/reconnecting since/).waitFor();
    expect(await items(page).count()).toBe(12);
  });
});

describe.concurrent('a native EventSource', () => {
  let served: ServedPage;
  const asked: (string | undefined)[] = [];
  beforeAll(async () => {
    const done: Snapshot = {
      task: { provider: 'cometapi', id: 'task_done' },
      status: 'completed',
      providerStatus: 'completed',
    };
    const listener = toNodeListener(
      gateway({ client: createClient({ watch: () => of(done) }), authorize: () => true, basePath: '/rushes' }),
    );
    served = await servePage('pages/event-source.ts', (request, response) => {
      if (request.url?.startsWith('/rushes/')) asked.push(request.headers['last-event-id']?.toString());
      listener(request, response);
    });
  });
  afterAll(() => served.kill());

  it('on a finished task reconnects once, and then is silent', { timeout: 40_000 }, async ({ expect }) => {
    const page = await (await context()).newPage();
    await page.goto(served.url);
    await expect.poll(() => page.evaluate(() => window.heard.readyState), { timeout: 20_000 }).toBe(2);
    expect(asked).toEqual([undefined, expect.stringMatching(/^end-/)]);
    const heard = await page.evaluate(() => window.heard);
    expect(heard.data.map((data) => (JSON.parse(data) as Snapshot).status)).toEqual(['completed']);
    // Longer than it waits between two connections.
    await page.waitForTimeout(6_000);
    expect(asked).toHaveLength(2);
  });
});

describe('rushes serve, in a browser', () => {
  it('is not there for another name that leads to this machine', async () => {
    const board = await serve(['live']);
    const { page } = await watched();
    const answer = await page.goto(`http://evil.test:${board.port}/#${board.token}`);
    expect([answer?.status(), await page.textContent('body')]).toEqual([421, '421\n']);
    const answers = await page.evaluate(async (token) => {
      const paths = ['/', '/roster', '/rushes/tasks/cometapi/live', '/tickets/cometapi/live'];
      const ask = (path: string) =>
        fetch(path, { headers: { authorization: `Bearer ${token}` } }).then(({ status }) => status, String);
      return Promise.all(paths.map(ask));
    }, board.token);
    // The page of a refusal has the policy, which lets nothing out either.
    expect(new Set(answers)).toEqual(new Set([421]));
  });

  it('tells a page on another port nothing', async () => {
    const board = await serve(['live', 'done']);
    const stranger = await servePage('pages/hello.ts');
    const { page } = await watched();
    await page.goto(stranger.url);
    const { ticket } = JSON.parse((await board.ask('/tickets/cometapi/done')).text) as { ticket: string };
    const learned = await page.evaluate(
      async ([origin, token, video]) => {
        const headers = { authorization: `Bearer ${token}` };
        const read = (path: string, init?: RequestInit) =>
          fetch(origin + path, init).then(
            (answer) => answer.text(),
            () => undefined,
          );
        const load = (name: 'img' | 'script' | 'video' | 'iframe', src: string) =>
          new Promise<string>((resolve) => {
            const made = document.createElement(name) as HTMLImageElement;
            made.onload = () => resolve(`${name} loaded`);
            made.onloadedmetadata = () => resolve(`${name} loaded`);
            made.onerror = () => resolve('');
            made.src = src;
            document.body.append(made);
          });
        return Promise.all([
          read('/'),
          read('/roster'),
          read('/roster', { headers }),
          read('/rushes/tasks/cometapi/live', { headers, mode: 'cors' }),
          read('/roster', { mode: 'no-cors', credentials: 'include' }),
          load('img', `${origin}/icon.svg`),
          load('script', `${origin}/sheet.js`),
          load('video', origin + video),
        ]);
      },
      [board.origin, board.token, `/rushes/tasks/cometapi/done/content?ticket=${ticket}`] as const,
    );
    expect(learned.filter(Boolean)).toEqual([]);
    const frame = await page.evaluate(
      (src) =>
        new Promise<string>((resolve) => {
          const made = document.createElement('iframe');
          made.onload = () => {
            try {
              resolve(made.contentDocument?.body.textContent ?? 'closed');
            } catch {
              resolve('closed');
            }
          };
          made.src = src;
          document.body.append(made);
        }),
      board.url,
    );
    expect(frame).toBe('closed');
    expect(page.frames()[1]?.url()).toBe('chrome-error://chromewebdata/');
    await stranger.kill();
  });

  it('shows what a provider says as text, whatever it looks like', async () => {
    const board = await serve(Object.keys(hostilities));
    const { page, requests, troubles } = await watched();
    await page.goto(board.url);
    await expect.poll(() => items(page).count(), soon).toBe(3);
    await page.getByText(`${markup}: ${markup}`).first().waitFor();
    await page.getByText(`</script>${markup}`).waitFor();
    await page.getByText(`“${markup}”`).waitFor();
    for (const number of [1, 2, 3]) {
      await page.getByRole('button', { name: `Details of frame ${number}` }).click();
      await page.getByRole('button', { name: 'Close' }).click();
    }
    expect(
      await page.evaluate(() => [
        (window as { ran?: unknown }).ran,
        document.querySelectorAll('main img, main script, a, iframe, object').length,
      ]),
    ).toEqual([undefined, 0]);
    // The video of a task that has none is asked for, and is not there.
    expect(troubles.filter((trouble) => !/^Failed to load resource/.test(trouble))).toEqual([]);
    expect(requests.filter(({ url }) => new URL(url).origin !== board.origin)).toEqual([]);
    expect(await page.locator('video').getAttribute('src')).toMatch(
      /^\/rushes\/tasks\/cometapi\/evil-url\/content\?ticket=/,
    );
  });

  it('leaves its token in no address, history or request but its own headers', async () => {
    const board = await serve(['live', 'done']);
    const { page, requests } = await watched();
    const stranger = await servePage('pages/hello.ts');
    await page.goto(stranger.url);
    await page.goto(board.url);
    await page.getByRole('banner').getByText('live', { exact: true }).waitFor();
    await page.locator('video[src]').waitFor();
    expect(page.url()).toBe(`${board.origin}/`);
    expect(
      await page.evaluate(() => [document.cookie, localStorage.length, document.documentElement.outerHTML].join('\n')),
    ).not.toContain(board.token);
    expect(requests.filter(({ url }) => url.includes(board.token)).length).toBeLessThanOrEqual(1);
    expect(requests.filter(({ url, referer }) => url.startsWith(board.origin) && referer)).toEqual([]);
    await page.reload();
    await page.getByRole('banner').getByText('live', { exact: true }).waitFor();
    await page.goto(stranger.url);
    expect(await page.evaluate(() => document.referrer)).toBe('');
    await page.goBack();
    expect(page.url()).toBe(`${board.origin}/`);
    await page.getByRole('banner').getByText('live', { exact: true }).waitFor();
    board.child.kill('SIGINT');
    const { stdout, stderr } = await board.ended;
    expect(stdout.split(board.token)).toHaveLength(2);
    expect(stderr).toBe('');
    await stranger.kill();
  });

  it('says what to do when another board runs in its place, and calls no task lost', async () => {
    const board = await serve(['live', 'done']);
    const { page } = await watched();
    await page.goto(board.url);
    await page.getByRole('button', { name: 'done 1' }).waitFor();
    board.child.kill('SIGKILL');
    await page.getByText(/reconnecting since/).waitFor();
    const successor = await serve(['live'], '--port', String(board.port));
    await page.getByText('This board has ended').waitFor({ timeout: 20_000 });
    await page.getByText('disconnected').waitFor();
    expect(await page.title()).toBe('1 running, 1 done · Contact sheet');
    // Its whole address in the same tab.
    await page.goto(successor.url);
    await page.getByRole('banner').getByText('live', { exact: true }).waitFor();
    await expect.poll(() => items(page).count(), soon).toBe(1);
  });
});
