import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { of } from 'rxjs';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { widthOf } from '../../src/cli/board/cells.js';
import { figuresLines } from '../../src/cli/fleet/figures-line.js';
import { type Health, type HealthPage, serveHealth } from '../../src/cli/fleet/health.js';
import { natsAccess } from '../../src/cli/fleet/nats-access.js';
import { type Telling, tellFigures } from '../../src/cli/fleet/tell-figures.js';
import { RushesError } from '../../src/errors.js';
import type { WorkFigures } from '../../src/fleet/index.js';
import { busy, idle, page } from './fleet-figures.js';

describe('where NATS is', () => {
  const folder = mkdtempSync(join(tmpdir(), 'rushes-nats-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is what the option says, else the variable, else this machine', () => {
    const at = (given?: string, NATS_URL?: string) => natsAccess(given, { NATS_URL });
    expect(at('a.test', 'nats://b.test')).toMatchObject({ servers: ['a.test'], address: 'nats://a.test' });
    expect(at(undefined, 'nats://b.test:1, tls://c.test/')).toMatchObject({
      servers: ['b.test:1', 'c.test'],
      isSecure: true,
    });
    expect(at(undefined, '')).toMatchObject({ servers: ['127.0.0.1:4222'], isSecure: false, user: { kind: 'nobody' } });
    expect(at('[::1]:4222')).toMatchObject({ servers: ['[::1]:4222'] });
  });

  it('is told who we are by the environment, or by files', () => {
    const file = join(folder, 'secret');
    writeFileSync(file, 'a secret \n');
    const as = (env: Record<string, string>) => natsAccess(undefined, env).user;
    expect(as({ NATS_USER: 'me', NATS_PASSWORD_FILE: file })).toEqual({
      kind: 'user',
      user: 'me',
      password: 'a secret ',
    });
    expect(as({ NATS_TOKEN: 't' })).toEqual({ kind: 'token', token: 't' });
    expect(as({ NATS_TOKEN_FILE: file })).toEqual({ kind: 'token', token: 'a secret ' });
    expect(as({ NATS_CREDS: '/a' })).toEqual({ kind: 'creds', path: '/a' });
  });
});

describe('the line of figures', () => {
  it('tells what there is, and no trouble where there is none', () => {
    expect(figuresLines(busy, page)).toEqual([
      '1,234 polls  12/s  3 under way  5 finished  0 lost  late 0 ms (99%: 0 ms)',
    ]);
  });

  it('cuts no number where a line has no room, and tells one of a kind as one', () => {
    const many = { ...busy, finished: 123_456, lateMs: { p50: 1_204, p99: 23_111 } };
    expect(figuresLines(many, { ...page, columns: 79 })).toEqual([
      '1,234 polls  12/s  3 under way  123,456 finished  0 lost',
      '  late 1,204 ms (99%: 23,111 ms)',
    ]);
    expect(figuresLines({ ...idle, polls: 1 }, page)[0]).toMatch(/^1 poll {2}/);
  });

  it('tells that there is no work from NATS', () => {
    expect(figuresLines({ ...idle, isWell: false }, page)[1]).toBe('  no work from NATS');
  });

  it('tells trouble with its reason in another, and neither can drive a terminal', () => {
    const lastTrouble = new RushesError('UNAVAILABLE', `no\x1b[2J answer ${'long '.repeat(50)}`);
    const lines = figuresLines({ ...busy, troubles: 2, busTroubles: 1, lastTrouble, pausedMs: { ark: 8_200 } }, page);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(
      /^ {2}ark wants no polls for 8\.2 s, 2 met trouble, 1 failed at NATS: no \[2J answer long .*…$/,
    );
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(100);
    expect(lines.join('')).not.toMatch(/\p{Cc}/u);
  });
});

describe('the figures of a worker', () => {
  const written = (figures: readonly WorkFigures[], isTTY: boolean, more: Partial<Telling> = {}) => {
    const lines: string[] = [];
    const stdout = { isTTY, write: (line: string) => lines.push(line) } as unknown as NodeJS.WriteStream;
    const terminal = { ...page, isLive: isTTY, rows: 24 };
    const telling = {
      shell: { stdout, terminal },
      name: 'rushes',
      provider: 'ark',
      nats: 'nats://a:1',
      health: 'h',
      ...more,
    };
    of(...figures)
      .pipe(tellFigures(telling))
      .subscribe();
    return lines;
  };
  const seconds = (count: number, figures = idle) => Array.from({ length: count }, () => figures);

  it('begin with one line, follow every ten seconds where they changed, and end with the last', () => {
    const lines = written([...seconds(25), busy], true);
    expect(lines).toHaveLength(3);
    expect(lines[0]).toBe(
      'rushes: watching tasks of ark for fleet rushes at nats://a:1, up to 32 at once, health at h\nCtrl-C ends it\n',
    );
    expect(lines[1]).toMatch(/^0 polls/);
    expect(lines[2]).toMatch(/^1,234 polls/);
  });

  it('are not told, nor that it works, before NATS does what is asked', () => {
    const unwell = seconds(30, { ...idle, isWell: false });
    for (const isTTY of [true, false]) {
      expect(written(unwell, isTTY)).toEqual([]);
      expect(written([...unwell, busy], isTTY)).toHaveLength(2);
      expect(written([...seconds(1), ...unwell], isTTY)).toHaveLength(3 - 1);
    }
  });

  it('are told with the rate, where there is one', () => {
    const [shared = ''] = written([idle], true, { perSecond: 10, workers: 3 });
    expect(shared.replace('\n', ' ')).toContain(', up to 32 at once and 10 a second among 3 workers');
    expect(written([idle], true, { perSecond: 0.5 })[0]).toMatch(/at once and 0\.5 a second,\shealth/);
    expect(JSON.parse(written([idle], false, { perSecond: 10 })[0] ?? '')).toMatchObject({ perSecond: 10, workers: 1 });
    expect(Object.keys(JSON.parse(written([idle], false)[0] ?? ''))).not.toContain('workers');
  });

  it('are JSON lines in a pipe', () => {
    const lines = written([...seconds(10), busy], false).map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { kind: 'working', fleet: 'rushes', provider: 'ark', nats: 'nats://a:1', concurrency: 32, health: 'h' },
      { kind: 'figures', polls: 0 },
      { kind: 'figures', polls: 1_234 },
    ]);
  });
});

describe('the page of a worker’s health', () => {
  let health: HealthPage;
  let now: Health = { isWell: true, told: { status: 'working' } };
  afterEach(() => health.close());

  const ask = (path: string, { method = 'GET', headers = {} } = {}) =>
    new Promise<{ status: number; body: string }>((resolve, reject) => {
      const asked = request(new URL(path, health.url), { method, headers, agent: false }, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => {
          body += text;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
      });
      asked.on('error', reject).end();
    });

  it('is 200 while all is well, and 503 else', async () => {
    health = await serveHealth(0, () => now);
    expect(await ask('/healthz')).toEqual({ status: 200, body: '{"status":"working"}\n' });
    now = { isWell: false, told: { status: 'ending' } };
    expect(await ask('/healthz')).toEqual({ status: 503, body: '{"status":"ending"}\n' });
  });

  it('has one address, one method, and this machine only', async () => {
    health = await serveHealth(0, () => now);
    expect(new URL(health.url).hostname).toBe('127.0.0.1');
    expect((await ask('/')).status).toBe(404);
    expect((await ask('/healthz?x')).status).toBe(404);
    for (const method of ['HEAD', 'POST', 'OPTIONS', 'DELETE']) {
      expect((await ask('/healthz', { method })).status, method).toBe(405);
    }
    const rebound = { host: `evil.test:${new URL(health.url).port}` };
    expect(await ask('/healthz', { headers: rebound })).toEqual({ status: 421, body: '421\n' });
    expect((await ask('/healthz', { headers: { origin: 'http://evil.test' } })).status).toBe(403);
  });

  it('says which port it cannot have', async () => {
    health = await serveHealth(0, () => now);
    const { port } = new URL(health.url);
    await expect(serveHealth(Number(port), () => now)).rejects.toThrow(`--health ${port} cannot be served`);
  });
});
