import { describe, expect, it } from 'vitest';
import { type PollOnceOptions, pollOnce } from '../../src/fleet/poll-once.js';
import { cometapi, type Provider } from '../../src/index.js';
import { body, provider, ref } from '../watch/scripted.js';
import { held, instant } from '../watch/stage.js';

const other = { provider: 'cometapi', id: 'task_2' };
const elsewhere = { provider: 'ark', id: ref.id };

describe('a wrong argument', () => {
  it.each([
    ['options that are none', null, 'pollOnce'],
    ['an option that nobody knows', { sead: held('queued') }, 'sead'],
    ['a wake, for which one poll has no use', { wake: undefined }, 'wake'],
    ['a seed that is null', { seed: null }, 'seed'],
    ['a seed that is an id', { seed: ref.id }, 'seed'],
    ['a seed that is a handle', { seed: ref }, 'seed'],
    ['a seed without a task', { seed: { status: 'queued' } }, 'seed'],
    ['a seed with a status that is none', { seed: { ...held('queued'), status: 'RUNNING' } }, 'seed'],
    ['a seed of another task', { seed: { ...held('queued'), task: other } }, 'seed'],
    ['a seed of another provider', { seed: { ...held('completed'), task: elsewhere } }, 'seed'],
    ...['failures', 'ageMs', 'polls', 'elapsedMs', 'sinceChangeMs'].flatMap((name) =>
      [-1, Number.NaN, Number.POSITIVE_INFINITY, '1', null].map(
        (value) => [`${name} that is ${value}`, { [name]: value }, name] as const,
      ),
    ),
    ['a transport that is none', { transport: {} }, 'transport'],
    ['fetch beside transport', { transport: instant(String), fetch: () => undefined }, 'fetch'],
    ['a cadence that is none', { cadence: 5_000 }, 'cadence'],
    ['a retry that nobody knows', { retry: { maxMS: 1 } }, 'retry'],
    ['a retry out of its range', { retry: { maxMs: -1 } }, 'retry.maxMs'],
    ['a timeout out of its range', { requestTimeoutMs: -1 }, 'requestTimeoutMs'],
    ['a cap that is none', { maxBodyBytes: 0 }, 'maxBodyBytes'],
    ['a raw that is no boolean', { raw: 'yes' }, 'raw'],
    ['a budget that is none', { budget: 5 }, 'budget'],
    ['a scheduler that is none', { scheduler: {} }, 'scheduler'],
    ['a random that is none', { random: 0.5 }, 'random'],
  ] as const)('throws at the call, is named, and asks nothing: %s', (_, options, name) => {
    const transport = instant(() => body('queued'));
    const given = options && !('transport' in options) ? { transport, ...options } : options;
    expect(() => pollOnce(provider(), ref, given as unknown as PollOnceOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(name) }),
    );
    expect(transport.requests).toEqual([]);
  });

  it.each([
    ['no provider', undefined],
    ['a name', 'cometapi'],
    ['what makes providers', cometapi],
    ['a list of providers', [provider()]],
  ])('throws at the call for a provider that is none: %s', (_, wrong) => {
    expect(() => pollOnce(wrong as unknown as Provider, ref)).toThrow(/^pollOnce\(provider\): expected a provider/);
  });

  it.each([
    ['an empty id', '', /^task\.id: /],
    ['a task of another provider', elsewhere, /^task\.provider: /],
    ['nothing', undefined, /^task: /],
  ])('throws at the call for a task that is none of this provider: %s', (_, task, message) => {
    const transport = instant(() => body('queued'));
    expect(() => pollOnce(provider(), task as unknown as string, { transport })).toThrow(message);
    expect(transport.requests).toEqual([]);
  });

  it('shows of another seed whose it is', () => {
    const seed = { ...held('queued'), task: other };
    expect(() => pollOnce(provider(), ref, { seed })).toThrow(
      'seed: expected a snapshot of this task, received "cometapi/task_2"',
    );
  });
});

describe('an option that is undefined', () => {
  it('is as if it were not there', async () => {
    const transport = instant(() => body('queued'));
    const nothing = { seed: undefined, failures: undefined, ageMs: undefined, polls: undefined };
    const options = { ...nothing, elapsedMs: undefined, sinceChangeMs: undefined, budget: undefined, retry: undefined };
    const outcome = await pollOnce(provider(), ref, { ...(options as unknown as PollOnceOptions), transport });
    expect(outcome).toMatchObject({ snapshot: { status: 'queued' } });
  });
});
