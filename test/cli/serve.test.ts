import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openLedger } from '../../src/node.js';
import { type Simulation, simulate } from '../../src/testing/index.js';
import { childrenOf, installedBoard, type RunningBoard, withKey } from './serve-stage.js';
import { canary, linesOf } from './start.js';

const cli = installedBoard();
const never = [{ afterMs: 0, status: 'in_progress' as const }];
const completed = [{ afterMs: 0, status: 'completed' as const }];

let sim: Simulation;
let base: string;
beforeAll(async () => {
  sim = await simulate({ timeline: ({ id }) => (id.startsWith('done') ? completed : never) });
  base = `${sim.url}/cometapi`;
});
afterAll(() => sim.close());

describe.concurrent('rushes serve', () => {
  it('needs no key for its help, which fits a screen', async () => {
    const { code, stdout } = await cli.run(['serve', '--help']);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split('\n').length).toBeLessThanOrEqual(40);
    expect(Math.max(...stdout.split('\n').map(({ length }) => length))).toBeLessThanOrEqual(80);
    expect(stdout).toContain('--expose');
    expect(stdout).toMatch(/--ledger <file> +show what this ledger has/);
    expect(stdout).toMatch(/--no-ledger +show only/);
    expect(stdout).not.toMatch(/\bnote\b/);
  });

  it.each<[what: string, args: readonly string[], says: RegExp, env?: Record<string, string>]>([
    ['no key', ['serve'], /COMETAPI_KEY.*ARK_API_KEY/, {}],
    ['the key of another', ['serve', '--provider', 'ark'], /set ARK_API_KEY/],
    [
      'two keys and a name',
      ['serve', 'a'],
      /--provider cometapi or ark/,
      { COMETAPI_KEY: canary, ARK_API_KEY: canary },
    ],
    ['nothing to show', ['serve', '--no-ledger'], /nothing to show/],
    ['an id that is none', ['serve', '..'], /expected an id/],
    ['all addresses', ['serve', '--host', '0.0.0.0'], /lets other machines.*unencrypted.*--expose/s],
    ['another machine', ['serve', '--host', '192.168.1.7'], /--expose/],
    ['an address that is not ours', ['serve', '--host', '192.0.2.1', '--expose'], /cannot be served/],
    ['no port', ['serve', '--port', '65536'], /0 to 65535/],
    ['an address with a query', ['serve', '--base-url', 'https://a.test?x'], /no query/],
    ['a ledger that is none', ['serve', '--ledger', ''], /--ledger/],
  ])('takes %s for wrong usage', async (_, args, says, env) => {
    const { code, stdout, stderr } = await cli.run(args, { env: env ?? withKey(cli.home()) });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).toContain('See: rushes serve --help');
  });

  it('takes a port that is taken for wrong usage', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { code, stderr } = await cli.run(['serve', '--port', String(port)], { env: withKey(cli.home()) });
    taken.close();
    expect(code).toBe(2);
    expect(stderr).toMatch(/cannot be served.*EADDRINUSE.*any that is free/s);
  });

  it('says where it is in one line, ends at Ctrl-C, and tells its token to nobody else', async () => {
    const board = await cli.board(['serve', 'a', '--base-url', base], { env: withKey(cli.home()) });
    expect(linesOf(board.stdout())).toEqual([{ kind: 'serving', url: board.url }]);
    expect(board.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#[\w-]{43}$/);
    await board.ask('/roster');
    expect(childrenOf(process.pid).some((line) => line.includes('cli.js'))).toBe(true);
    expect(childrenOf(board.child.pid)).toEqual([]);
    for (const file of ['cmdline', 'environ']) {
      expect(readFileSync(`/proc/${board.child.pid}/${file}`, 'utf8')).not.toContain(board.token);
    }
    board.child.kill('SIGINT');
    const { code, stderr } = await board.ended;
    expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
    const again = await cli.board(['serve', 'a', '--base-url', base, '--port', String(board.port)], {
      env: withKey(cli.home()),
    });
    expect(again.token).not.toBe(board.token);
    expect((await again.get('/roster', { authorization: `Bearer ${board.token}` })).status).toBe(401);
    again.child.kill('SIGTERM');
    expect((await again.ended).code).toBe(143);
  });

  it('says that it has no room for more than 10,000 tasks', async () => {
    const ids = Array.from({ length: 10_001 }, (_, nth) => `${nth}\n`).join('');
    const board = await cli.board(['serve', '-', '--no-ledger', '--base-url', base], {
      env: withKey(cli.home()),
      stdin: ids,
    });
    await board.until('stderr', '\n');
    board.child.kill('SIGINT');
    expect((await board.ended).stderr).toBe('rushes: the board has room for 10000 tasks; those beyond are not shown\n');
  });

  it('ends quietly when nobody reads what it says', async () => {
    const serve = cli.start(['serve', 'a', '--base-url', base], { env: withKey(cli.home()) });
    serve.child.stdout.destroy();
    expect(await serve.ended).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('rushes demo --board', () => {
  it('needs no key, begins when somebody looks, and goes on until Ctrl-C', async () => {
    const board = await cli.board(['demo', '--board']);
    expect(JSON.parse((await board.ask('/roster')).text.slice('data: '.length))).toEqual({ tasks: [], notices: [] });
    const tasks = async () => (await board.ask('/roster')).text.match(/"addedAt"/g)?.length;
    await expect.poll(tasks, { timeout: 15_000 }).toBe(12);
    board.child.kill('SIGINT');
    expect(await board.ended).toMatchObject({ code: 130, stderr: '' });
  });
});

describe('a board', () => {
  let board: RunningBoard;
  beforeAll(async () => {
    for (const id of ['done1', 'done2', 'live']) sim.add('cometapi', { id });
    board = await cli.board(['serve', 'done1', 'done2', 'live', '--no-ledger', '--base-url', base], {
      env: withKey(cli.home()),
    });
  });

  it.each([
    ['another name', { host: 'evil.test' }, 421],
    ['another name with its port', 'evil.test', 421],
    ['another port', { host: '127.0.0.1:1' }, 421],
    ['a foreign origin', { origin: 'http://evil.test' }, 403],
    ['no origin at all', { origin: 'null' }, 403],
  ] as const)('refuses %s on every path, before it looks at the token', async (_, headers, status) => {
    const given = typeof headers === 'string' ? { host: `${headers}:${board.port}` } : headers;
    for (const path of ['/', '/sheet.js', '/roster', '/rushes/tasks/cometapi/live', '/nothing']) {
      const answer = await board.ask(path, given);
      expect([answer.status, answer.text]).toEqual([status, `${status}\n`]);
    }
  });

  it('sends all that it says with headers that keep it to itself', async () => {
    const paths = [
      '/',
      '/sheet.js',
      '/sheet.css',
      '/perforation.svg',
      '/icon.svg',
      '/roster',
      '/nothing',
      '/tickets/cometapi/live',
    ];
    const answers = await Promise.all(
      [...paths, '/rushes/tasks/cometapi/live', '/rushes/nothing'].map((path) => board.ask(path)),
    );
    answers.push(
      await board.get('/', { host: 'evil.test' }),
      await board.get('/', {}, 'POST'),
      await board.get('/roster'),
    );
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; media-src 'self'; img-src 'self'; " +
          "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
      );
      expect(headers['referrer-policy']).toBe('no-referrer');
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
      expect(headers['cross-origin-opener-policy']).toBe('same-origin');
      expect(headers['cache-control']).toContain('no-store');
      expect(headers).not.toHaveProperty('set-cookie');
      expect(headers).not.toHaveProperty('access-control-allow-origin');
    }
    expect(answers.map(({ status }) => status)).toEqual([
      200, 200, 200, 200, 200, 200, 404, 200, 200, 404, 421, 405, 401,
    ]);
  });

  it('has no inline script or style, and nothing from elsewhere, in its page', async () => {
    const { text } = await board.get('/');
    expect(text).not.toMatch(/ on\w+=| style=|<style|https?:|\/\/\w/);
    expect(text.match(/<script[^>]*>[^<]*/g)).toEqual(['<script type="module" src="/sheet.js">']);
    const { text: css } = await board.get('/sheet.css');
    expect(css).not.toMatch(/@import|https?:|data:/);
    const { text: head, headers, status } = await board.get('/sheet.js', {}, 'HEAD');
    expect({ status, head }).toEqual({ status: 200, head: '' });
    expect(Number(headers['content-length'])).toBeGreaterThan(10_000);
  });

  it('opens no stream for who asks for its head only, and no second request behind one that it refused', async () => {
    const authorization = `Bearer ${board.token}`;
    expect((await board.get('/roster', { authorization }, 'HEAD')).status).toBe(405);
    const keepAlive = { connection: 'keep-alive' };
    expect((await board.get('/', { ...keepAlive, host: 'evil.test' }, 'POST')).headers.connection).toBe('close');
    expect((await board.get('/', keepAlive)).headers.connection).toBe('keep-alive');
  });

  it('serves no file that is not on its list', async () => {
    for (const path of [
      '/index.html',
      '/../package.json',
      '/..%2fcli.js',
      '/%2e%2e/cli.js',
      '/cli.js',
      '/sheet',
      '/sheet/sheet.js',
      '/sheet.js/',
      '/SHEET.JS',
      '/\\..\\cli.js',
    ]) {
      expect([path, (await board.ask(path)).status]).toEqual([path, 404]);
    }
  });

  it('tells nothing without its token', async () => {
    const wrong = [
      {},
      { authorization: 'Bearer x' },
      { authorization: board.token },
      { cookie: `token=${board.token}` },
    ];
    for (const headers of wrong) {
      expect((await board.get('/roster', headers)).status).toBe(401);
      expect((await board.get('/tickets/cometapi/live', headers)).status).toBe(401);
      for (const path of ['cometapi/live', 'cometapi/live/events', 'cometapi/done1/content', 'cometapi/other']) {
        expect((await board.get(`/rushes/tasks/${path}`, headers)).status).toBe(403);
      }
      expect((await board.get(`/roster?token=${board.token}`, headers)).status).toBe(401);
    }
    const { status, text } = await board.ask('/roster');
    expect(status).toBe(200);
    const { tasks } = JSON.parse(text.slice('data: '.length)) as { tasks: { task: { id: string } }[] };
    expect(tasks.map(({ task }) => task.id)).toEqual(['done1', 'done2', 'live']);
    expect(JSON.parse((await board.ask('/rushes/tasks/cometapi/live')).text)).toMatchObject({ status: 'in_progress' });
  });

  it('asks its provider about no other tasks', async () => {
    expect((await board.ask('/rushes/tasks/cometapi/other')).status).toBe(403);
    expect((await board.ask('/tickets/cometapi/other')).status).toBe(404);
    expect((await board.ask('/tickets/cometapi/live/more')).status).toBe(404);
    expect(sim.requests.filter(({ id }) => id === 'other')).toEqual([]);
  });

  it('lets a ticket have one video, and nothing else', async () => {
    const { ticket } = JSON.parse((await board.ask('/tickets/cometapi/done1')).text) as { ticket: string };
    expect(ticket).not.toContain(board.token);
    const video = await board.get(`/rushes/tasks/cometapi/done1/content?ticket=${ticket}`, { range: 'bytes=0-11' });
    expect(video).toMatchObject({ status: 206, headers: { 'content-type': 'video/mp4' } });
    expect(video.text.slice(4, 8)).toBe('ftyp');
    for (const path of ['done2/content', 'live/content', 'done1', 'done1/events', 'done1/content/']) {
      expect((await board.get(`/rushes/tasks/cometapi/${path}?ticket=${ticket}`)).status, path).not.toBeLessThan(400);
    }
    expect((await board.get(`/rushes/tasks/cometapi/done2/content?ticket=${ticket}`)).status).toBe(403);
    expect((await board.get(`/roster?ticket=${ticket}`)).status).toBe(401);
  });
});

describe('a board and a ledger', () => {
  it('shows what other programs create as they do, says what it has no key for, and notes no end', async () => {
    const home = cli.home();
    const env = withKey(home);
    const create = (prompt: string) =>
      cli.start(['run', prompt, '--model', 'doubao-seedance-2-0', '--base-url', base], { env });
    const first = create('a boat');
    await first.until('stdout', '"snapshot"');
    const board = await cli.board(['serve'], { env });
    const roster = async () =>
      JSON.parse((await board.ask('/roster')).text.slice('data: '.length)) as { tasks: unknown[]; notices: string[] };
    await expect.poll(async () => (await roster()).tasks.length, { timeout: 10_000 }).toBe(1);
    const second = create('a fox');
    await second.until('stdout', '"snapshot"');
    await expect.poll(async () => (await roster()).tasks.length, { timeout: 10_000 }).toBe(2);
    const other = cli.start(
      ['run', 'a tram', '--model', 'doubao-seedance-2-0-260128', '--base-url', `${sim.url}/ark`, '--provider', 'ark'],
      {
        env: { ...env, ARK_API_KEY: canary },
      },
    );
    await other.until('stdout', '"snapshot"');
    await expect
      .poll(async () => (await roster()).notices, { timeout: 10_000 })
      .toEqual([expect.stringMatching(/^1 task cannot be shown: .*ARK_API_KEY/)]);
    for (const { child } of [first, second, other]) child.kill('SIGINT');
    await Promise.all([first.ended, second.ended, other.ended]);
    board.child.kill('SIGINT');
    await board.ended;
    const ledger = await openLedger(`${home}/rushes/ledger`);
    expect((await ledger.unfinished()).snapshots).toHaveLength(3);
    await ledger.close();
  });
});
