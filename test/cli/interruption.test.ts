import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SimulateOptions, type Simulation, simulate } from '../../src/testing/index.js';
import { canary, installed, linesOf } from './start.js';

const cli = installed();
const boat = ['run', 'A paper boat', '--model', 'doubao-seedance-2-0'] as const;

let sim: Simulation;
let env: Record<string, string>;
const open = async (options: SimulateOptions = {}) => {
  await sim?.close();
  sim = await simulate({ timeline: () => [], ...options });
};
beforeEach(async () => {
  await open();
  env = { COMETAPI_KEY: canary, XDG_STATE_HOME: cli.home() };
});
afterEach(() => sim.close());

const at = (...args: readonly string[]) => [...args, '--base-url', `${sim.url}/cometapi`, '--every', '30ms'];

describe('an interruption', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s names what still runs, and the command that goes on', async (signal, code) => {
    const [ended, running] = [
      sim.add('cometapi', { timeline: [{ afterMs: 0, status: 'completed' }] }),
      sim.add('cometapi', { id: "it's mine" }),
    ];
    const watch = cli.start(at('watch', ended, running, '--deadline', '2h'), { env });
    await watch.until('stdout', running);
    await watch.until('stdout', '"completed"');
    watch.child.kill(signal);
    const { code: left, stdout, stderr } = await watch.ended;
    expect(left).toBe(code);
    expect(linesOf(stdout).length).toBeGreaterThan(0);
    expect(stderr).toBe(
      `Interrupted.\n1 task still runs remotely:\n  ${running}\nGo on with:\n  rushes watch 'it'\\''s mine' ` +
        `--provider cometapi --base-url ${sim.url}/cometapi --deadline 2h --every 30ms\n`,
    );
  });

  it('of a created task is resumed from the ledger', async () => {
    await open({ timeline: () => [{ afterMs: 1_000, status: 'completed' }] });
    const run = cli.start(at(...boat), { env });
    await run.until('stdout', '\n');
    run.child.kill('SIGINT');
    const { code, stderr } = await run.ended;
    const { id } = sim.tasks[0] ?? {};
    expect(code).toBe(130);
    expect(stderr).toContain(`1 task still runs remotely:\n  ${id}\nGo on with:\n  rushes resume`);
    const resumed = await cli.run(['resume', '--every', '30ms'], { env });
    expect(resumed.code).toBe(0);
    expect(linesOf(resumed.stdout).at(-1)).toMatchObject({ task: { id }, snapshot: { status: 'completed' } });
    expect(sim.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('without a ledger goes on by id', async () => {
    const run = cli.start(at(...boat, '--no-ledger'), { env });
    await run.until('stdout', '\n');
    run.child.kill('SIGINT');
    expect((await run.ended).stderr).toContain(`rushes watch ${sim.tasks[0]?.id} --provider cometapi`);
  });

  it('waits for the answer to a create that is on its way, and then names the task', async () => {
    await open({
      timeline: () => [],
      faults: ({ operation }) => (operation === 'create' ? { kind: 'delay', ms: 900, carriedOut: true } : undefined),
    });
    const run = cli.start(at(...boat), { env });
    await sent();
    run.child.kill('SIGINT');
    await run.until('stderr', 'waiting up to 3 s');
    const { code, stdout, stderr } = await run.ended;
    expect(code).toBe(130);
    expect(linesOf(stdout)).toHaveLength(1);
    expect(stderr).toContain(`still runs remotely:\n  ${sim.tasks[0]?.id}\nGo on with:\n  rushes resume`);
  });

  it.each([
    ['after 3 s', false],
    ['at a second Ctrl-C', true],
  ])('of a create without an answer ends %s, and resume tells of it', async (_, isImpatient) => {
    await open({
      timeline: () => [],
      faults: ({ operation }) => (operation === 'create' ? { kind: 'hang' } : undefined),
    });
    const run = cli.start(at(...boat), { env });
    await sent();
    run.child.kill('SIGINT');
    await run.until('stderr', 'waiting up to 3 s');
    if (isImpatient) run.child.kill('SIGINT');
    const { code, stdout, stderr } = await run.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('No answer has come to the create. What became of it is told by:\n  rushes resume');
    const resumed = await cli.run(['resume'], { env });
    expect(resumed.code).toBe(3);
    expect(linesOf(resumed.stdout)).toEqual([expect.objectContaining({ kind: 'create', state: 'ambiguous' })]);
  });

  it('of a create in another terminal is in flight there, not ambiguous', async () => {
    await open({
      timeline: () => [],
      faults: ({ operation }) => (operation === 'create' ? { kind: 'hang' } : undefined),
    });
    const run = cli.start(at(...boat), { env });
    await sent();
    const { code, stdout, stderr } = await cli.run(['resume'], { env });
    expect(code).toBe(3);
    expect(linesOf(stdout)).toEqual([expect.objectContaining({ kind: 'create', state: 'in-flight' })]);
    expect(stderr).toContain('may still be waited for by another process');
    run.child.kill('SIGKILL');
    await run.ended;
  });

  it('ends a simulator, which has told where it serves', async () => {
    const served = cli.start(['simulate', '--port', '0', '--speed', '100']);
    await served.until('stdout', '/openai-compatible');
    const lines = linesOf(served.stdout());
    expect(lines.map(({ provider }) => provider)).toEqual(['cometapi', 'infinity-blue', 'ark', 'openai-compatible']);
    const ran = await cli.run([...boat, '--base-url', String(lines[0]?.['baseUrl']), '--every', '30ms'], { env });
    expect(ran.code).toBe(0);
    served.child.kill('SIGINT');
    expect((await served.ended).code).toBe(130);
  });

  /** A create is at the simulator. */
  async function sent(): Promise<void> {
    while (!sim.requests.some(({ method }) => method === 'POST'))
      await new Promise((resolve) => setTimeout(resolve, 5));
  }
});
