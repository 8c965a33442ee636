import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { Timeline } from '../../../src/testing/index.js';
import { hasPty, openPty } from '../../cli/pty.js';
import { canary, linesOf } from '../../cli/start.js';
import { Broker, freePort } from '../brokers/broker.js';
import { natsServer } from '../brokers/nats.js';
import { eventually, fleetOnCommandLine, hasNats } from './cli-world.js';

const never: Timeline = [{ afterMs: 0, status: 'in_progress', progress: 40 }];
const OF = ['--provider', 'cometapi'];
const ids = Array.from({ length: 8 }, (_, i) => `task_${i}`);

/** Answers that take their time, so that polls are under way when it matters. */
const SLOW_MS = 800;
const begun = new Map<string, number[]>();
const fleet = fleetOnCommandLine({
  faults: ({ id = '' }) => {
    begun.set(id, [...(begun.get(id) ?? []), performance.now()]);
    return { kind: 'delay', ms: SLOW_MS };
  },
});

const submitAll = async () => {
  for (const id of ids) fleet.sim().add('cometapi', { id, timeline: never });
  expect((await fleet.run('submit', ...ids, ...OF)).code).toBe(0);
};
const asked = () => ids.map((id) => fleet.asked(id));

describe.skipIf(!hasNats)('rushes fleet worker', () => {
  it('ends what it has begun after SIGTERM, and leaves every turn to others', async () => {
    const first = await fleet.worker();
    await submitAll();
    await eventually(() => expect(Math.min(...asked())).toBeGreaterThan(0));
    first.child.kill('SIGTERM');
    const { code, stdout, stderr } = await first.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'Ending what is under way. A second signal leaves it.\n' });
    const last = linesOf(stdout).at(-1) as { polls: number };
    expect(last).toMatchObject({ kind: 'figures', underWay: 0, left: 0, busTroubles: 0 });
    // Each request that was sent was waited for.
    expect(last.polls).toBe(asked().reduce((sum, count) => sum + count, 0));
    expect(await fleet.status()).toMatchObject({ live: ids.length, workers: [] });
    const before = asked();
    await fleet.worker();
    await eventually(() => {
      for (const [i, count] of asked().entries()) expect(count).toBeGreaterThan(before[i] ?? 0);
    });
  });

  it('asks about no task twice at once while it ends beside another', async () => {
    begun.clear();
    const [first] = await Promise.all([fleet.worker(), fleet.worker()]);
    await submitAll();
    await eventually(() => expect(Math.min(...asked())).toBeGreaterThan(1));
    first.child.kill('SIGTERM');
    expect((await first.ended).code).toBe(0);
    const before = asked();
    await eventually(() => {
      for (const [i, count] of asked().entries()) expect(count).toBeGreaterThan((before[i] ?? 0) + 1);
    });
    for (const times of begun.values()) {
      for (const [i, atMs] of times.slice(1).entries()) expect(atMs - (times[i] ?? 0)).toBeGreaterThanOrEqual(SLOW_MS);
    }
  });

  it('is 130 after SIGINT, and leaves at once at a second signal', async () => {
    const drained = await fleet.worker();
    drained.child.kill('SIGINT');
    expect((await drained.ended).code).toBe(130);
    const hurried = await fleet.worker();
    await submitAll();
    await eventually(() => expect(Math.max(...asked())).toBeGreaterThan(0));
    hurried.child.kill('SIGTERM');
    await hurried.until('stderr', 'Ending');
    hurried.child.kill('SIGTERM');
    const { code, stderr } = await hurried.ended;
    expect(code).toBe(143);
    expect(stderr).toContain('Left what was under way');
  });

  it('tells its health: starting, working, away from NATS, and working again', async () => {
    const broker = await Broker.start(natsServer());
    const nats = `nats://127.0.0.1:${broker.port}`;
    try {
      const args = ['fleet', 'worker', '--base-url', `${fleet.sim().url}/cometapi`, '--health', '0', '--nats', nats];
      const worker = fleet.cli.start(args, { env: { COMETAPI_KEY: canary } });
      await worker.until('stdout', '"kind":"working"');
      const { health } = linesOf(worker.stdout())[0] as { health: string };
      const said = async () => {
        const answer = await fetch(health);
        const { status, figures } = (await answer.json()) as { status: string; figures?: object };
        return { http: answer.status, status, figures };
      };
      expect(await said()).toMatchObject({ http: 200, status: 'working', figures: { polls: 0 } });
      await broker.kill();
      await eventually(async () => expect(await said()).toMatchObject({ http: 503, status: 'away from NATS' }));
      await worker.until('stderr', 'the connection to NATS is lost');
      await broker.start();
      await eventually(async () => expect(await said()).toMatchObject({ http: 200, status: 'working' }));
      expect((await fetch(health, { method: 'POST' })).status).toBe(405);
      worker.child.kill('SIGTERM');
      expect((await worker.ended).code).toBe(0);
      await expect(said()).rejects.toThrow();
    } finally {
      await broker.close();
    }
  });

  it('says at once, and once, that NATS does not do what is asked, and does not say that it works', async () => {
    let hasJetStream = false;
    const broker = await Broker.start(natsServer(() => (hasJetStream ? '' : 'jetstream: false')));
    const nats = `nats://127.0.0.1:${broker.port}`;
    const port = await freePort();
    const said = async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/healthz`);
      return { http: answer.status, ...((await answer.json()) as object) };
    };
    try {
      const args = ['--base-url', `${fleet.sim().url}/cometapi`, '--health', String(port), '--nats', nats];
      const worker = fleet.cli.start(['fleet', 'worker', ...args], { env: { COMETAPI_KEY: canary } });
      const trouble = 'rushes: NATS does not do what is asked: jetstream is not enabled; trying until it does';
      await worker.until('stderr', trouble);
      const lastTrouble = { code: 'UNAVAILABLE', message: 'NATS failed: jetstream is not enabled' };
      const standing = { http: 503, status: 'without work from NATS', figures: { isWell: false, lastTrouble } };
      await eventually(async () => expect(await said()).toMatchObject(standing));
      await eventually(async () =>
        expect(await said()).toMatchObject({ figures: { busTroubles: expect.toSatisfy((times) => times > 1) } }),
      );
      expect(worker.stderr().split(trouble)).toHaveLength(2);
      await broker.kill();
      hasJetStream = true;
      await worker.until('stderr', 'the connection to NATS is lost');
      expect(worker.stdout()).toBe('');
      await broker.start();
      await worker.until('stdout', '"kind":"working"');
      await worker.until('stderr', /back at NATS\nrushes: NATS does what is asked again\n$/);
      expect(await said()).toMatchObject({ http: 200, status: 'working' });
      worker.child.kill('SIGTERM');
      expect((await worker.ended).code).toBe(0);
    } finally {
      await broker.close();
    }
  });

  it('comes in by what the environment says, and is told where that is wrong', async () => {
    const broker = await Broker.start(natsServer(() => 'authorization { user: me, password: "a secret" }'));
    const nats = `nats://127.0.0.1:${broker.port}`;
    try {
      const args = ['fleet', 'worker', '--base-url', `${fleet.sim().url}/cometapi`, '--nats', nats];
      const key = { COMETAPI_KEY: canary };
      const wrong = await fleet.cli.run(args, { env: { ...key, NATS_USER: 'me', NATS_PASSWORD: canary } });
      expect(wrong).toMatchObject({ code: 1, stdout: '' });
      expect(wrong.stderr).toMatch(/^rushes: NATS at .* does not let us in: .*\nCheck NATS_CREDS/);
      const right = fleet.cli.start(args, { env: { ...key, NATS_USER: 'me', NATS_PASSWORD: 'a secret' } });
      await right.until('stdout', '"kind":"working"');
      right.child.kill('SIGTERM');
      expect((await right.ended).code).toBe(0);
    } finally {
      await broker.close();
    }
  });

  it('stops where the provider refuses its key', async () => {
    const env = { ...fleet.nats(), COMETAPI_KEY: 'sk-other' };
    const args = ['--base-url', `${fleet.sim().url}/cometapi`, '--name', 'refused'];
    const worker = fleet.cli.start(['fleet', 'worker', ...args], { env });
    await worker.until('stdout', '"kind":"working"');
    await fleet.cli.run(['fleet', 'submit', 'task_0', ...OF, '--name', 'refused'], { env: fleet.nats() });
    const { code, stderr } = await worker.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^rushes: .*401.*\nCheck the key/);
  });

  it.skipIf(!hasPty && !process.env['CI'])('tells people in plain lines, and where its health is', async () => {
    const args = ['--base-url', `${fleet.sim().url}/cometapi`, '--health', '0', '--name', 'seen'];
    const env = fleet.cli.environment({ ...fleet.nats(), COMETAPI_KEY: canary });
    const worker = openPty([process.execPath, fleet.cli.script, 'fleet', 'worker', ...args], env, { columns: 200 });
    await worker.until(
      /rushes: watching tasks of cometapi for fleet seen at nats:\/\/127.*\/healthz {2}Ctrl-C ends it/,
    );
    worker.type('\x03');
    expect(await worker.ended).toBe(130);
    const text = worker.lines().join('\n');
    expect(text).toMatch(/\nEnding what is under way\. A second signal leaves it\.\n0 polls {2}0\/s {2}0 under way/);
  });

  it('ends when nobody reads what it writes', async () => {
    const worker = await fleet.worker('--request-timeout', '2s');
    worker.child.stdout.destroy();
    await submitAll();
    const [code] = worker.child.exitCode === null ? await once(worker.child, 'exit') : [worker.child.exitCode];
    expect(code).toBe(0);
  });
});
