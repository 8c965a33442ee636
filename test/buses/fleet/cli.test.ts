import { describe, expect, it } from 'vitest';
import type { Timeline } from '../../../src/testing/index.js';
import { hasPty, openPty } from '../../cli/pty.js';
import { linesOf } from '../../cli/start.js';
import { Broker } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';
import { eventually, fleetOnCommandLine, hasNats } from './cli-world.js';

const soon: Timeline = [
  { afterMs: 0, status: 'in_progress', progress: 40 },
  { afterMs: 600, status: 'completed' },
];
const never: Timeline = [{ afterMs: 0, status: 'in_progress', progress: 40 }];
const OF = ['--provider', 'cometapi'];

const fleet = fleetOnCommandLine();
const task = (id: string) => ({ provider: 'cometapi', id });

describe.skipIf(!hasNats)('rushes fleet', () => {
  it('watches what is submitted without a key, on standard input too, and follows it to its end', async () => {
    for (const id of ['a', 'b']) fleet.sim().add('cometapi', { id, timeline: soon });
    const worker = await fleet.worker();
    const submit = await fleet.cli.run(['fleet', 'submit', 'a', '-', ...OF, '--name', nameOf(worker.stdout())], {
      env: fleet.nats(),
      stdin: 'b\n..\n',
    });
    expect(submit.code).toBe(2);
    expect(submit.stderr).toMatch(/^rushes: a task id: expected.*\n$/);
    const outcomes = linesOf(submit.stdout).sort((one, other) =>
      JSON.stringify(one) < JSON.stringify(other) ? -1 : 1,
    );
    expect(outcomes).toEqual(['a', 'b'].map((id) => ({ kind: 'submit', task: task(id), outcome: 'submitted' })));

    const follow = await fleet.run('submit', 'a', 'b', ...OF, '--watch');
    expect({ code: follow.code, stderr: follow.stderr }).toEqual({ code: 0, stderr: '' });
    const lines = linesOf(follow.stdout);
    for (const id of ['a', 'b']) {
      const its = lines.filter((line) => (line['task'] as { id?: string }).id === id);
      expect(its[0]).toMatchObject({ kind: 'submit' });
      expect(its.at(-1)).toMatchObject({ kind: 'snapshot', snapshot: { status: 'completed' } });
    }
    const again = await fleet.run('submit', 'a', ...OF);
    expect(linesOf(again.stdout)).toEqual([{ kind: 'submit', task: task('a'), outcome: 'already-finished' }]);
    worker.child.kill('SIGTERM');
    const { code, stdout } = await worker.ended;
    expect(code).toBe(0);
    expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'figures', finished: 2, lost: 0, underWay: 0 });
  });

  it('follows a failed task and one that nobody knows, and says so by its exit code', async () => {
    fleet.sim().add('cometapi', { id: 'bad', timeline: [{ afterMs: 0, status: 'failed', error: { message: 'no' } }] });
    await fleet.worker();
    expect((await fleet.run('submit', 'bad', ...OF, '--watch')).code).toBe(1);
    const { code, stdout, stderr } = await fleet.run('submit', 'nowhere', ...OF, '--watch');
    expect(code).toBe(3);
    expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'lost', error: { code: 'NOT_FOUND' } });
    expect(stderr).toMatch(
      /The fate of 1 task is unknown\.\n(?:.*\n)*Take up again with:\n {2}rushes fleet submit nowhere/,
    );
  });

  it('gives a task up in time', async () => {
    fleet.sim().add('cometapi', { id: 'slow', timeline: never });
    await fleet.worker();
    const { code, stdout } = await fleet.run('submit', 'slow', ...OF, '--deadline', '500ms', '--watch');
    expect(code).toBe(3);
    expect(linesOf(stdout).at(-1)).toMatchObject({ kind: 'lost', error: { code: 'DEADLINE' } });
  });

  it('goes on when whoever follows is interrupted, and says how to', async () => {
    fleet.sim().add('cometapi', { id: 'a', timeline: never });
    await fleet.worker();
    const follow = fleet.start('submit', 'a', ...OF, '--watch', '--deadline', '2h');
    await follow.until('stdout', '"in_progress"');
    follow.child.kill('SIGINT');
    const { code, stderr } = await follow.ended;
    expect(code).toBe(130);
    expect(stderr).toMatch(
      /1 task still runs remotely:\n {2}a\n.*\n {2}rushes fleet submit a .*--deadline 2h --watch\n/,
    );
    const asked = fleet.asked('a');
    await eventually(() => expect(fleet.asked('a')).toBeGreaterThan(asked + 1));
  });

  it.skipIf(!hasPty && !process.env['CI'])('says what is waited for, and that NATS is away', async () => {
    const broker = await Broker.start(natsServer());
    const env = fleet.cli.environment({ NATS_URL: `nats://127.0.0.1:${broker.port}` });
    const open = (...words: string[]) => openPty([process.execPath, fleet.cli.script, 'fleet', ...words], env);
    try {
      const upgrade = open('upgrade');
      expect(await upgrade.ended).toBe(0);
      expect(upgrade.lines()[0]).toBe('fleet rushes: a new fleet');
      const follow = open('submit', 'a', ...OF, '--watch');
      await follow.until(/^\S a .* awaits a worker$/m);
      await broker.kill();
      await follow.until('rushes: the connection to NATS is lost: connecting anew');
      await broker.start();
      await follow.until('rushes: back at NATS');
      follow.type('\x03');
      expect(await follow.ended).toBe(130);
    } finally {
      await broker.close();
    }
  });

  it('forgets a task, which may be submitted again', async () => {
    fleet.sim().add('cometapi', { id: 'a', timeline: never });
    await fleet.worker();
    await fleet.run('submit', 'a', ...OF);
    await eventually(() => expect(fleet.asked('a')).toBeGreaterThan(0));
    const { code, stdout } = await fleet.run('forget', 'a', 'b', ...OF);
    expect(code).toBe(0);
    expect(linesOf(stdout)).toEqual(
      expect.arrayContaining([
        { kind: 'forget', task: task('a'), outcome: 'forgotten' },
        { kind: 'forget', task: task('b'), outcome: 'not-watched' },
      ]),
    );
    expect(await fleet.status()).toMatchObject({ live: 0 });
    const again = await fleet.run('submit', 'a', ...OF);
    expect(linesOf(again.stdout)).toMatchObject([{ outcome: 'submitted' }]);
  });

  it('tells how it stands, with no worker, and with workers of other settings than the usual', async () => {
    const worker = await fleet.worker('--request-timeout', '3s', '--concurrency', '4');
    expect(await fleet.status()).toMatchObject({
      kind: 'status',
      workers: [{ concurrency: 4, settings: { requestTimeoutMs: 3_000 } }],
      differences: [],
      alerts: [],
    });
    const { differences } = await fleet.status('--request-timeout', '4s');
    expect(differences).toContainEqual({ of: 'fleet', setting: 'requestTimeoutMs', found: 3_000, needed: 4_000 });
    expect(await fleet.status('--max-live', '7')).toMatchObject({ maxLive: 100_000 });
    worker.child.kill('SIGTERM');
    await worker.ended;
    await fleet.run('submit', 'a', ...OF);
    expect(await fleet.status()).toMatchObject({
      live: 1,
      workers: [],
      alerts: [expect.stringMatching(/^no worker answers, and 1 task /)],
    });
  });

  it('is not there before its first worker', async () => {
    const status = await fleet.run('status');
    expect({ code: status.code, stdout: status.stdout }).toEqual({ code: 3, stdout: '' });
    const step = 'Is it called so? Name another with --name.\n';
    expect(status.stderr).toMatch(/^rushes: the fleet has no streams yet/);
    expect(status.stderr).toContain(`\n${step}`);
    const follow = await fleet.run('submit', 'a', ...OF, '--watch');
    expect(follow.code).toBe(3);
    expect(follow.stderr).toContain(`The fate of 1 task is unknown.\n${step}Take up again with:\n`);
    const submit = await fleet.run('submit', 'a', ...OF);
    expect(submit.code).toBe(3);
    expect(linesOf(submit.stdout)).toMatchObject([{ kind: 'lost', task: task('a'), error: { code: 'UNAVAILABLE' } }]);
  });

  it('refuses a worker that wants it otherwise, until it is upgraded', async () => {
    const first = await fleet.worker();
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    const mistyped = ['fleet', 'upgrade', '--name', `${nameOf(first.stdout())}-mistyped`];
    const other = await fleet.cli.run(mistyped, { env: fleet.nats() });
    expect(linesOf(other.stdout)).toMatchObject([{ kind: 'upgrade', isNew: true }]);
    await expect(fleet.worker('--shards', '16')).rejects.toThrow(
      /this is not the fleet that is there:\n {2}fleet: shards is 1, this worker needs 16\n(?: {2}.*\n)*.*rushes fleet upgrade/,
    );
    const { code, stdout } = await fleet.run('upgrade', '--shards', '16');
    expect(code).toBe(0);
    const [{ isNew, changed }] = linesOf(stdout) as [{ isNew: boolean; changed: unknown }];
    expect(isNew).toBe(false);
    expect(changed).toContainEqual({ of: 'fleet', setting: 'shards', found: 1, needed: 16 });
    const again = await fleet.run('upgrade', '--shards', '16');
    expect(linesOf(again.stdout)).toMatchObject([{ kind: 'upgrade', changed: [] }]);
    await fleet.worker('--shards', '16');
    const refused = await fleet.run('upgrade', '--replicas', '3');
    expect({ code: refused.code, stdout: refused.stdout }).toEqual({ code: 1, stdout: '' });
  });
});

function nameOf(stdout: string): string {
  return String(linesOf(stdout)[0]?.['fleet']);
}
