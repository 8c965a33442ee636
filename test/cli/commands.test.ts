import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SimulateOptions, type Simulation, simulate, type Timeline } from '../../src/testing/index.js';
import { canary, installed, linesOf } from './start.js';

const cli = installed();
const key = { COMETAPI_KEY: canary };
const soon: Timeline = [
  { afterMs: 0, status: 'in_progress', progress: 40 },
  { afterMs: 150, status: 'completed' },
];
const failing: Timeline = [{ afterMs: 0, status: 'failed', error: { code: 'Sensitive', message: 'not this one' } }];

let sim: Simulation;
const open = async (options: SimulateOptions = {}) => {
  await sim?.close();
  sim = await simulate({ keys: [canary], timeline: () => soon, ...options });
};
beforeEach(() => open());
afterEach(() => sim.close());

/** The arguments of a command that asks the simulator often. */
const at = (...args: readonly string[]) => [...args, '--base-url', `${sim.url}/cometapi`, '--every', '30ms'];
const posts = () => sim.requests.filter(({ method }) => method === 'POST').length;
const mediaAsked = () => sim.requests.filter(({ path }) => !path.endsWith(`/${sim.tasks[0]?.id}`)).length;
const boat = ['run', 'A paper boat', '--model', 'doubao-seedance-2-0'] as const;
/** A ledger of its own for a test. */
const ownHome = () => ({ ...key, XDG_STATE_HOME: cli.home() });

/** A task of a run that was killed. */
const interrupted = async (env: Record<string, string>, ...args: readonly string[]) => {
  const running = cli.start(at(...boat, ...args), { env });
  await running.until('stdout', '\n');
  running.child.kill('SIGKILL');
  await running.ended;
  return sim.tasks.at(-1)?.id ?? '';
};

describe('rushes run', () => {
  it('tells the created task first, and every line is one event of it', async () => {
    const { code, stdout, stderr } = await cli.run(at(...boat, '--seconds', '5'), { env: ownHome() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const [first, ...others] = linesOf(stdout);
    const task = { provider: 'cometapi', id: sim.tasks[0]?.id };
    expect(first).toMatchObject({ kind: 'snapshot', task, snapshot: { task, status: 'queued' } });
    expect(others.at(-1)).toMatchObject({ kind: 'snapshot', task, snapshot: { status: 'completed' } });
    expect(sim.tasks[0]?.input).toMatchObject({ prompt: 'A paper boat', seconds: '5' });
    expect(posts()).toBe(1);
  });

  it('sends an image', async () => {
    const image = join(cli.home(), 'boat.png');
    writeFileSync(image, 'an image');
    expect((await cli.run(at(...boat, '--input', image), { env: ownHome() })).code).toBe(0);
    const body = Buffer.from(sim.requests.find(({ method }) => method === 'POST')?.body ?? []).toString('latin1');
    expect(body).toMatch(/name="input_reference"; filename="[^"]+\.png"\r\nContent-Type: image\/png\r\n\r\nan image/);
  });

  it('fails when the task does', async () => {
    await open({ timeline: () => failing });
    const { code, stdout } = await cli.run(at(...boat), { env: ownHome() });
    expect(code).toBe(1);
    expect(linesOf(stdout).at(-1)).toMatchObject({
      snapshot: { status: 'failed', error: { message: 'not this one' } },
    });
  });

  it('tells of a refusal in a sentence and a next step, and nothing else', async () => {
    const { code, stdout, stderr } = await cli.run(at(...boat), { env: { ...ownHome(), COMETAPI_KEY: 'sk-other' } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(/^rushes: .*HTTP 401.*\nCheck the key[^\n]*\n$/);
  });

  it('makes a video once for each idempotency key', async () => {
    const env = ownHome();
    const named = at(...boat, '--idempotency-key', 'the-boat');
    const [first, second] = [await cli.run(named, { env }), await cli.run(named, { env })];
    expect([first.code, second.code]).toEqual([0, 0]);
    expect(linesOf(second.stdout)[0]?.['task']).toEqual(linesOf(first.stdout)[0]?.['task']);
    expect(posts()).toBe(1);
    const other = await cli.run(
      at('run', 'Another', '--model', 'doubao-seedance-2-0', '--idempotency-key', 'the-boat'),
      {
        env,
      },
    );
    expect({ code: other.code, stdout: other.stdout, posts: posts() }).toEqual({ code: 2, stdout: '', posts: 1 });
  });

  it('sends nothing that it cannot note, unless told to', async () => {
    const file = join(cli.home(), 'file');
    writeFileSync(file, '');
    const nowhere = join(file, 'ledger');
    const { code, stdout, stderr } = await cli.run(at(...boat, '--ledger', nowhere), { env: key });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^rushes: --ledger names no ledger that can be used: /);
    const usual = await cli.run(at(...boat), { env: { ...key, XDG_STATE_HOME: file } });
    expect({ code: usual.code, stdout: usual.stdout }).toEqual({ code: 3, stdout: '' });
    expect(usual.stderr).toMatch(/^rushes: .*\n.*--no-ledger/);
    expect(posts()).toBe(0);
    expect((await cli.run(at(...boat, '--no-ledger'), { env: key })).code).toBe(0);
  });

  it('does not know what became of a create whose answer was lost, and resume says so until told', async () => {
    await open({
      timeline: () => soon,
      faults: ({ operation }) =>
        operation === 'create' ? { kind: 'serverError', status: 503, carriedOut: true } : undefined,
    });
    const env = ownHome();
    const lost = await cli.run(at(...boat), { env });
    expect({ code: lost.code, stdout: lost.stdout }).toEqual({ code: 3, stdout: '' });
    expect(lost.stderr).toMatch(
      /may or may not have been made[^\n]*\nWhat became of it is told by:\n {2}rushes resume/,
    );

    for (const _ of [1, 2, 3]) {
      const { code, stdout, stderr } = await cli.run(['resume'], { env });
      expect(code).toBe(3);
      expect(linesOf(stdout)).toEqual([expect.objectContaining({ kind: 'create', state: 'ambiguous' })]);
      expect(stderr).toMatch(/Ambiguous creates: nobody knows/);
      expect(stderr).toContain('doubao-seedance-2-0 at cometapi');
      expect(stderr).toMatch(/prompt sha256: [0-9a-f]{64}/);
      expect(stderr).not.toContain('A paper boat');
    }
    expect(posts()).toBe(1);

    const [open_] = linesOf((await cli.run(['resume'], { env })).stdout);
    const mistyped = await cli.run(['resume', '--settle', `${open_?.['key']}=task_nope`], { env });
    expect({ code: mistyped.code, stdout: mistyped.stdout }).toEqual({ code: 2, stdout: '' });
    expect(mistyped.stderr).toContain('cometapi knows no task "task_nope", so nothing was closed');
    const found = await cli.run(['resume', '--every', '30ms', '--settle', `${open_?.['key']}=${sim.tasks[0]?.id}`], {
      env,
    });
    expect(found.code).toBe(0);
    expect(linesOf(found.stdout).at(-1)).toMatchObject({ snapshot: { status: 'completed' } });
    expect(found.stderr).toMatch(/not saved\. Fetch it with:\n {2}rushes download \S+ --provider cometapi/);
    expect(await cli.run(['resume'], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(posts()).toBe(1);
  });
});

describe('rushes watch', () => {
  it('watches ids from arguments and from standard input, as they come', async () => {
    const [a, b, c] = [1, 2, 3].map(() => sim.add('cometapi', { timeline: soon })) as [string, string, string];
    const running = cli.start(at('watch', a, '-'), { env: key });
    await running.until('stdout', a);
    running.child.stdin.write(`${b}\r\n\n`);
    await running.until('stdout', b);
    running.child.stdin.end(c);
    const { code, stdout, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const completed = linesOf(stdout).filter(({ snapshot }) => (snapshot as { status: string }).status === 'completed');
    expect(completed.map(({ task }) => (task as { id: string }).id).sort()).toEqual([a, b, c].sort());
  });

  it('tells of a line that is no id, and goes on with the others', async () => {
    const id = sim.add('cometapi', { timeline: soon });
    const { code, stdout, stderr } = await cli.run(at('watch', '-'), { env: key, stdin: `..\n${id}\n` });
    expect(code).toBe(2);
    expect(stderr).toContain('a task id: expected');
    expect(linesOf(stdout).at(-1)).toMatchObject({ task: { id }, snapshot: { status: 'completed' } });
  });

  it('asks nothing about standard input that has no id', async () => {
    const { code, stdout } = await cli.run(at('watch', '-'), { env: key, stdin: '..\n' });
    expect({ code, stdout, asked: sim.requests.length }).toEqual({ code: 2, stdout: '', asked: 0 });
  });

  it('loses one task without losing the others, and says how to take it up again', async () => {
    const id = sim.add('cometapi', { timeline: soon });
    const { code, stdout, stderr } = await cli.run(
      at('watch', id, 'no such', sim.add('cometapi', { timeline: failing })),
      {
        env: key,
      },
    );
    expect(code).toBe(3);
    expect(linesOf(stdout)).toContainEqual({
      kind: 'lost',
      task: { provider: 'cometapi', id: 'no such' },
      error: expect.objectContaining({ code: 'NOT_FOUND' }),
    });
    expect(linesOf(stdout)).toContainEqual(
      expect.objectContaining({ snapshot: expect.objectContaining({ status: 'completed' }) }),
    );
    expect(stderr).toContain(`rushes watch 'no such' --provider cometapi --base-url ${sim.url}/cometapi`);
  });

  it('gives up at the deadline', async () => {
    const id = sim.add('cometapi', { timeline: [] });
    const { code, stdout } = await cli.run(at('watch', id, '--deadline', '200ms'), { env: key });
    expect(code).toBe(3);
    expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'lost', error: { code: 'DEADLINE' } });
  });

  it('takes the key from a file, and --json on standard output changes nothing in a pipe', async () => {
    const file = join(cli.home(), 'key');
    writeFileSync(file, `${canary}\n`);
    const id = sim.add('cometapi', { timeline: soon });
    const { code, stdout } = await cli.run(at('watch', id, '--json'), { env: { COMETAPI_KEY_FILE: file } });
    expect(code).toBe(0);
    expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'snapshot' });
  });

  it('goes on without the usual ledger where that cannot be opened, and says so', async () => {
    const file = join(cli.home(), 'file');
    writeFileSync(file, '');
    const id = sim.add('cometapi', { timeline: soon });
    const { code, stderr } = await cli.run(at('watch', id), { env: { ...key, XDG_STATE_HOME: file } });
    expect(code).toBe(0);
    expect(stderr).toMatch(/^rushes: the ledger cannot be opened: .* Going on without it\.\n$/);
  });

  it('escapes what drives a terminal, and loses nothing of it', async () => {
    const message = '\x1b]52;c;aGk=\x07 \u009b31m \u007f \u202e \u2028 敏';
    const id = `task ${'\u202e'}x`;
    sim.add('cometapi', {
      id,
      timeline: [{ afterMs: 0, status: 'dreaming' as 'unknown', providerStatus: 'a\u202eb' }],
    });
    sim.add('cometapi', { id: 'bad', timeline: [{ afterMs: 0, status: 'failed', error: { message } }] });
    const { stdout, stderr } = await cli.run(at('watch', id, 'bad', '--deadline', '150ms'), { env: key });
    expect(stdout + stderr).not.toMatch(/[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(linesOf(stdout)).toContainEqual(expect.objectContaining({ task: { provider: 'cometapi', id } }));
  });

  it('ends quietly when its reader leaves', async () => {
    const id = sim.add('cometapi', {
      timeline: Array.from({ length: 90 }, (_, i) => ({
        afterMs: 40 * i,
        status: 'in_progress' as const,
        progress: i,
      })),
    });
    const running = cli.start(at('watch', id), { env: key });
    await running.until('stdout', '\n');
    running.child.stdout.destroy();
    const { code, stderr } = await running.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });
});

describe('videos', () => {
  it('are saved whole where they are wanted, by watch, run and download', async () => {
    const id = sim.add('cometapi', { timeline: soon });
    const folder = join(cli.home(), 'new', 'folder');
    const watched = await cli.run(at('watch', id, '--download', folder), { env: key });
    expect({ code: watched.code, stderr: watched.stderr }).toEqual({ code: 0, stderr: '' });
    const saved = linesOf(watched.stdout).at(-1) as { path: string; sha256: string; bytes: number };
    expect(saved).toMatchObject({ kind: 'saved', task: { provider: 'cometapi', id }, verified: expect.any(String) });
    const bytes = readFileSync(saved.path);
    expect(bytes).toHaveLength(saved.bytes);
    expect(createHash('sha256').update(bytes).digest('hex')).toBe(saved.sha256);

    const asked = mediaAsked();
    const again = await cli.run(at('download', id, '--download', folder), { env: key });
    expect({ code: again.code, stderr: again.stderr }).toEqual({ code: 0, stderr: '' });
    const { path, sha256 } = saved;
    expect(linesOf(again.stdout).at(-1)).toMatchObject({ kind: 'saved', path, sha256, verified: 'none' });
    expect(mediaAsked()).toBe(asked);
    expect((await cli.run(at('download', id, '--download', folder, '--overwrite'), { env: key })).code).toBe(0);
    expect(mediaAsked()).toBeGreaterThan(asked);

    const ran = await cli.run(at(...boat, '--download', folder), { env: ownHome() });
    expect(ran.code).toBe(0);
    expect(readdirSync(folder).filter((name) => name.endsWith('.mp4'))).toHaveLength(2);
  });

  it('leave alone what is no file, and say so', async () => {
    const id = sim.add('cometapi', { timeline: soon });
    const folder = cli.home();
    mkdirSync(join(folder, `cometapi-${id}.mp4`));
    const { code, stderr } = await cli.run(at('download', id, '--download', folder), { env: key });
    expect(code).toBe(3);
    expect(stderr).toMatch(/^Move it away.*\nTake up again with:\n {2}rushes download /m);
  });

  it('that a crash kept from being noted are noted by the next resume', async () => {
    await open({ timeline: () => [{ afterMs: 600, status: 'completed' }] });
    const env = ownHome();
    const id = await interrupted(env);
    const folder = cli.home();
    writeFileSync(join(folder, `cometapi-${id}.mp4`), 'a video');
    const { code, stdout } = await cli.run(['resume', '--every', '30ms', '--download', folder], { env });
    expect(code).toBe(0);
    expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'saved', bytes: 7, already: true });
    expect(await cli.run(['resume'], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('of failed tasks are no videos', async () => {
    const folder = cli.home();
    const id = sim.add('cometapi', { timeline: failing });
    const { code, stdout } = await cli.run(at('download', id, '--download', folder), { env: key });
    expect(code).toBe(1);
    expect(linesOf(stdout).map(({ kind }) => kind)).toEqual(['snapshot']);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('that were not saved are left to resume', async () => {
    let isBroken = true;
    await open({
      timeline: () => soon,
      faults: ({ operation }) =>
        isBroken && operation !== 'create' && operation !== 'read' ? { kind: 'html', status: 403 } : undefined,
    });
    const env = ownHome();
    const folder = cli.home();
    const first = await cli.run(at(...boat, '--download', folder), { env });
    expect(first.code).toBe(3);
    expect(linesOf(first.stdout).at(-1)).toMatchObject({ kind: 'download-failed' });
    expect(first.stderr).toContain(`rushes resume --download ${folder}`);
    isBroken = false;
    const second = await cli.run(['resume', '--every', '30ms', '--download', folder], { env });
    expect(second.code).toBe(0);
    expect(linesOf(second.stdout).at(-1)).toMatchObject({ kind: 'saved' });
    expect(await cli.run(['resume'], { env })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(posts()).toBe(1);
  });
});

describe('rushes cancel', () => {
  it('tells what came of each, and fails where a task goes on', async () => {
    const ark = (...args: string[]) => [...args, '--base-url', `${sim.url}/ark`];
    const env = { ARK_API_KEY: canary };
    const queued = sim.add('ark', { timeline: [] });
    const running = sim.add('ark', { timeline: [{ afterMs: 0, status: 'in_progress' }] });
    const done = await cli.run(ark('cancel', queued), { env });
    expect(done.code).toBe(0);
    expect(linesOf(done.stdout)).toEqual([
      { kind: 'cancel', task: { provider: 'ark', id: queued }, outcome: 'cancelled' },
    ]);
    const late = await cli.run(ark('cancel', '-'), { env, stdin: `${running}\n` });
    expect([late.code, linesOf(late.stdout)[0]?.['outcome']]).toEqual([1, 'too-late']);
    const lost = await cli.run(ark('cancel', running, 'nowhere'), { env });
    expect(lost.code).toBe(3);
    expect(linesOf(lost.stdout)).toContainEqual(expect.objectContaining({ kind: 'lost' }));
    const other = await cli.run(['cancel', 'a', '--base-url', `${sim.url}/cometapi`], { env: key });
    expect([other.code, linesOf(other.stdout)[0]?.['outcome']]).toEqual([1, 'unsupported']);
  });
});

describe('rushes resume', () => {
  it('has nothing to do where nothing was created, and needs no key for it', async () => {
    const home = cli.home();
    expect(await cli.run(['resume'], { env: { XDG_STATE_HOME: home } })).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(readdirSync(home)).toEqual([]);
  });

  it('goes on after a crash without being told where', async () => {
    await open({ timeline: () => [{ afterMs: 600, status: 'completed' }] });
    const env = ownHome();
    const id = await interrupted(env);
    const { code, stdout } = await cli.run(['resume', '--every', '30ms'], { env });
    expect(code).toBe(0);
    expect(linesOf(stdout).at(-1)).toMatchObject({
      task: { provider: 'cometapi', id },
      snapshot: { status: 'completed' },
    });
    expect(posts()).toBe(1);
    expect(cli.contentOf(env.XDG_STATE_HOME)).not.toMatch(new RegExp(`${canary}|A paper boat`));
  });

  it('names the variable of a key that it lacks, and asks nothing', async () => {
    const env = ownHome();
    await interrupted(env);
    const before = sim.requests.length;
    const { code, stdout, stderr } = await cli.run(['resume'], { env: { XDG_STATE_HOME: env.XDG_STATE_HOME } });
    expect({ code, stdout, asked: sim.requests.length - before }).toEqual({ code: 2, stdout: '', asked: 0 });
    expect(stderr).toContain('COMETAPI_KEY');
    const other = await cli.run(['resume', '--provider', 'ark'], { env: { XDG_STATE_HOME: env.XDG_STATE_HOME } });
    expect(other).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('shows the key to no other origin than that of the create', async () => {
    const env = ownHome();
    await interrupted(env);
    const asked: unknown[] = [];
    const foreign = createServer((message, response) => {
      asked.push(message.headers);
      response.end();
    });
    await new Promise<void>((resolve) => foreign.listen(0, '127.0.0.1', resolve));
    const elsewhere = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}/cometapi`;
    const { code, stdout, stderr } = await cli.run(['resume', '--base-url', elsewhere], { env });
    expect({ code, stdout, asked }).toEqual({ code: 2, stdout: '', asked: [] });
    expect(stderr).toContain(`was created at ${sim.url}/cometapi`);
    foreign.close();
  });

  it('closes nothing where it lacks a key for the rest', async () => {
    await open({ timeline: () => [] });
    const env = ownHome();
    const ids = [await interrupted(env), await interrupted(env)];
    const settle = ['resume', '--settle', `cometapi/${ids[0]}=abandoned`];
    const { XDG_STATE_HOME } = env;
    expect((await cli.run(settle, { env: { XDG_STATE_HOME } })).code).toBe(2);
    const { stdout } = await cli.run(['resume', '--deadline', '100ms'], { env });
    expect(stdout).toContain(ids[0]);
    expect(
      (await cli.run([...settle, '--settle', `cometapi/${ids[1]}=abandoned`], { env: { XDG_STATE_HOME } })).code,
    ).toBe(0);
  });

  it('waits no more for a task that was abandoned', async () => {
    await open({ timeline: () => [] });
    const env = ownHome();
    const id = await interrupted(env);
    const { code, stdout } = await cli.run(['resume', '--settle', `cometapi/${id}=abandoned`], { env });
    expect({ code, stdout }).toEqual({ code: 0, stdout: '' });
  });
});

it('saves into the current folder unless told otherwise', async () => {
  const id = sim.add('cometapi', { timeline: soon });
  const folder = mkdtempSync(join(cli.folder, 'here-'));
  const { code, stdout } = await cli.run(at('download', id), { env: key, cwd: folder });
  expect(code).toBe(0);
  expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'saved' });
  expect(readdirSync(folder)).toEqual([`cometapi-${id}.mp4`]);
});
