import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { cancel } from '../../src/cli/commands/cancel.js';
import { type Simulation, simulate } from '../../src/testing/index.js';
import { heardShell } from './heard-shell.js';

const env = { ARK_API_KEY: 'a-key', COMETAPI_KEY: 'a-key' };

describe('rushes cancel on a terminal', () => {
  let sim: Simulation;
  beforeEach(async () => {
    sim = await simulate();
  });
  afterEach(() => sim.close());

  const told = async (provider: string, ...ids: string[]) => {
    const { shell, written, said } = heardShell({ isTTY: true, env });
    const code = await cancel(ids, { provider, baseUrl: `${sim.url}/${provider}`, ledger: false }, shell);
    return { code, lines: written.sort(), said };
  };

  it('tells each outcome in a line', async () => {
    const queued = sim.add('ark', { id: 'cgt-1', timeline: [] });
    const running = sim.add('ark', { id: 'cgt-2', timeline: [{ afterMs: 0, status: 'in_progress' }] });
    expect(await told('ark', queued)).toEqual({ code: 0, lines: ['✓ cgt-1  cancelled\n'], said: [] });
    const late = '✗ cgt-2  too late: it has begun, or ended\n';
    expect(await told('ark', running)).toEqual({ code: 1, lines: [late], said: [] });
    const none = '✗ task_1  cometapi has no documented way to cancel\n';
    expect(await told('cometapi', 'task_1')).toEqual({ code: 1, lines: [none], said: [] });
  });

  it('cancels what it can of standard input, and is wrong usage where a line is no id', async () => {
    const baseUrl = `${sim.url}/ark`;
    sim.add('ark', { id: 'cgt-1', timeline: [] });
    const { shell, written, said } = heardShell({ isTTY: true, env, stdin: 'cgt-1\n..\n' });
    expect(await cancel(['-'], { provider: 'ark', baseUrl, ledger: false }, shell)).toBe(2);
    expect(written).toEqual(['✓ cgt-1  cancelled\n']);
    expect(said).toEqual([expect.stringMatching(/^rushes: a task id: expected /)]);
  });

  it('tells what is lost with what to do about it, in the same line', async () => {
    const { code, lines, said } = await told('ark', 'nowhere');
    expect({ code, said }).toEqual({ code: 3, said: [] });
    expect(lines).toEqual([
      expect.stringMatching(/^\? nowhere {2}NOT_FOUND: .*\. Check the id, the provider and .*\n$/),
    ]);
  });
});

it('rushes cancel that is interrupted says how to go on with what nobody knows', async () => {
  const asked = vi.fn();
  const silent = createServer(asked).listen(0, '127.0.0.1');
  await vi.waitFor(() => expect(silent.listening).toBe(true), { timeout: 10_000 });
  const { shell, written, said, signals } = heardShell({ isTTY: true, env });
  const baseUrl = `http://127.0.0.1:${(silent.address() as AddressInfo).port}`;
  try {
    const ended = cancel(['-a', 'b'], { provider: 'ark', baseUrl, ledger: false }, shell);
    await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(2), { timeout: 10_000 });
    signals.next('SIGINT');
    expect(await ended).toBe(130);
  } finally {
    silent.closeAllConnections();
    silent.close();
  }
  expect(written).toEqual([]);
  expect(said).toEqual([
    `Interrupted.\nNobody knows yet what came of some. Go on with:\n  rushes cancel --provider ark --base-url ${baseUrl} --no-ledger -- -a b`,
  ]);
});
