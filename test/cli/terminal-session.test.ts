import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { widthOf } from '../../src/cli/board/cells.js';
import { type SimulateOptions, type Simulation, simulate, type Timeline } from '../../src/testing/index.js';
import { hasPty, openPty, type Seen } from './pty.js';
import { canary, installed } from './start.js';

const cli = installed();
const CTRL_C = '\x03';

let sim: Simulation;
let env: Record<string, string>;
const open = async (options: SimulateOptions = {}) => {
  await sim?.close();
  sim = await simulate({ ...options });
};
beforeEach(async () => {
  await open();
  env = { COMETAPI_KEY: canary, XDG_STATE_HOME: cli.home() };
});
afterEach(() => sim.close());

const see = (args: readonly string[], size = {}): Seen =>
  openPty([process.execPath, cli.script, ...args], cli.environment(env), size);
const at = (...args: readonly string[]) => [...args, '--base-url', `${sim.url}/cometapi`, '--every', '50ms'];
const halfWay: Timeline = [{ afterMs: 0, status: 'in_progress', progress: 50 }];
const done = (afterMs: number): Timeline => [...halfWay, { afterMs, status: 'completed' }];

// A laptop may lack `script`; where the suite has to prove something, its lack is a failure.
describe.skipIf(!hasPty && !process.env['CI'])('in a terminal', () => {
  it('draws a bar for each task, and names it whole', async () => {
    const ids = ['task_5f0c2b7d9e3a4c1b8f6d2e0a7c9b4d1e', 'task_aaaa'];
    for (const id of ids) sim.add('cometapi', { id, timeline: halfWay });
    const watch = see(at('watch', ...ids));
    await watch.until(/task_5f0c2b7d9e3a4c1b8f6d2e0a7c9b4d1e ━━━━━━━━━━────────── {2}50% +\d+\.\d s/);
    await watch.until(/task_aaaa +━━━━━━━━━━────────── {2}50%/);
    await watch.until('2 running');
    watch.type(CTRL_C);
    expect(await watch.ended).toBe(130);
    const text = watch.lines().join('\n');
    expect(text).toMatch(
      /\n\^?C?\n?Interrupted\.\n2 tasks still run remotely:\n {2}task_5f0c\w+\n {2}task_aaaa\nGo on with:\n/,
    );
    expect(text.replaceAll('\n', '')).toContain(`rushes watch ${ids.join(' ')} --provider cometapi`);
    expect(watch.bytes().lastIndexOf('\x1b[?25h')).toBeGreaterThan(watch.bytes().lastIndexOf('\x1b[?25l'));
  });

  it('is interrupted, and resumed to the end with its video', async () => {
    await open({ timeline: () => done(3_000) });
    const folder = cli.home();
    const run = see(at('run', 'A boat', '--model', 'doubao-seedance-2-0', '--download', folder));
    await run.until('50%');
    run.type(CTRL_C);
    expect(await run.ended).toBe(130);
    expect(run.lines().join('\n')).toContain(`rushes resume --download ${folder} --every 50ms`);
    const resume = see(['resume', '--download', folder, '--every', '50ms']);
    expect(await resume.ended).toBe(0);
    const text = resume.lines().join('\n');
    expect(text).toMatch(/completed 1 {2}the video is there\n✓ task_\w+ {2}[\d.]+ s, [\d.]+ kB\n/);
    expect(text.replaceAll('\n', '')).toContain(`${folder}/cometapi-${sim.tasks[0]?.id}.mp4`);
    expect(sim.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('tells each outcome, whole', async () => {
    const videoUrl = `https://cdn.test/${'long/'.repeat(30)}boat.mp4?signature=abc`;
    sim.add('cometapi', { id: 'good', timeline: [{ afterMs: 0, status: 'completed', videoUrl }] });
    sim.add('cometapi', {
      id: 'bad',
      timeline: [{ afterMs: 0, status: 'failed', error: { message: 'not this one' } }],
    });
    const watch = see(at('watch', 'good', 'bad', 'nowhere'));
    expect(await watch.ended).toBe(3);
    const text = watch.lines().join('\n');
    expect(text.replaceAll('\n', '')).toContain(videoUrl);
    expect(text).toMatch(/failed 1 {2}the provider says why\n✗ bad {2}.*\n {4}not this one\n/);
    expect(text).toMatch(/lost 1 .*\n\? nowhere {2}.*\n {4}NOT_FOUND: /);
    expect(text).toContain('The fate of 1 task is unknown.\n');
  });

  it.each([60, 100, 160])('has no line wider than %d columns while it is drawn', async (columns) => {
    for (const id of ['x'.repeat(30), 'y'.repeat(140), '负载']) sim.add('cometapi', { id, timeline: halfWay });
    const watch = see(at('watch', 'x'.repeat(30), 'y'.repeat(140), '负载'), { columns });
    await watch.until('3 running');
    const lines = watch.lines();
    expect(lines.filter((line) => line.includes('50%'))).toHaveLength(3);
    for (const line of lines) expect(widthOf(line)).toBeLessThan(columns);
    watch.type(CTRL_C);
    expect(await watch.ended).toBe(130);
  });

  it('shows what providers say without letting them drive it', async () => {
    const attacks = [
      '\x1b]52;c;aGk=\x07',
      '\x1b[2J',
      '\u009b31m',
      '\x1b]8;;http://evil.test\x07',
      '\r',
      '\u202e',
      '\u2028',
    ];
    const message = attacks.join('text ');
    const id = `task${'\u202e'}${'\u2066'}evil`;
    sim.add('cometapi', { id, timeline: [{ afterMs: 0, status: 'failed', error: { code: message, message } }] });
    sim.add('cometapi', {
      id: 'word',
      timeline: [{ afterMs: 0, status: 'unknown', providerStatus: message }],
    });
    const watch = see(at('watch', id, 'word', 'nowhere\u202e'));
    await watch.until('1 running');
    watch.type(CTRL_C);
    expect(await watch.ended).toBe(130);
    const written = watch.bytes();
    for (const attack of ['\x1b]', '\x1b[2J', '\x9b', '\x07', '\u202e', '\u2066', '\u2028']) {
      expect(written, JSON.stringify(attack)).not.toContain(attack);
    }
    expect(written).not.toContain('\rtext');
    expect(watch.lines()[0]).toMatch(/^rushes: 3 tasks at cometapi/);
    expect(written).not.toContain(canary);
  });

  it('serves a simulator with an example that can be copied', async () => {
    const served = see(['simulate', '--port', '0', '--speed', '20']);
    await served.until(/infinity-blue +http:\/\/127\.0\.0\.1:\d+\/infinity-blue\n/);
    await served.until(/export COMETAPI_KEY=any\n {2}rushes run 'A paper boat at dusk'/);
    served.type(CTRL_C);
    expect(await served.ended).toBe(130);
  });
});
