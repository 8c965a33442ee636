import { queueScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Backend,
  type BackendClientOptions,
  type ClientOptions,
  clientDefaults,
  cometapi,
  createClient,
  isRushesError,
  pollDefaults,
  pollSource,
} from '../src/index.js';
import { remote } from '../src/sse/index.js';
import { held } from './watch/stage.js';

const provider = cometapi({ apiKey: 'sk-1' });
const backend: Backend = { watch: () => queueScheduler as never };
const ms = 'milliseconds: a finite number, 0 or more';
const msOrInfinity = `${ms}, or Infinity`;
const { NaN: nan, POSITIVE_INFINITY: infinity } = Number;

/** An option, a value that it cannot have, what is expected of it, and how the value is shown. */
const bad: readonly (readonly [string, unknown, string, string])[] = [
  ['transport', {}, 'a function', 'an object'],
  ['transport', null, 'a function', 'null'],
  ['fetch', 'fetch', 'a function', '"fetch"'],
  ['cadence', 5_000, 'a function', '5000'],
  ['random', 0.5, 'a function', '0.5'],
  ['scheduler', {}, 'an RxJS scheduler', 'an object'],
  ['scheduler', null, 'an RxJS scheduler', 'null'],
  ['raw', 'yes', 'a boolean', '"yes"'],
  ['wake', () => undefined, 'an Observable', 'a function'],
  ['wake', null, 'an Observable', 'null'],
  ['budget', { concurrency: 3 }, 'what createBudget made', 'an object'],
  ['budget', null, 'what createBudget made', 'null'],
  ['maxBodyBytes', 0, 'a number of bytes above 0', '0'],
  ['maxBodyBytes', nan, 'a number of bytes above 0', 'NaN'],
  ['requestTimeoutMs', nan, msOrInfinity, 'NaN'],
  ['requestTimeoutMs', -1, msOrInfinity, '-1'],
  ['requestTimeoutMs', '30s', msOrInfinity, '"30s"'],
  ['createTimeoutMs', infinity, ms, 'Infinity'],
  ['createTimeoutMs', nan, ms, 'NaN'],
  ['createTimeoutMs', -1, ms, '-1'],
  ['allowHosts', 'cdn.test', 'a list of hosts', '"cdn.test"'],
  ['allowHosts', ['https://cdn.test'], 'hosts like cdn.example.com or *.example.com', '"https://cdn.test"'],
  ['allowHttp', 1, 'a boolean', '1'],
  ['deadlineMs', nan, msOrInfinity, 'NaN'],
  ['deadlineMs', -5, msOrInfinity, '-5'],
  ['deadlineMs', null, msOrInfinity, 'null'],
];

const badRetry: readonly (readonly [string, unknown, string, string])[] = [
  ['giveUpAfterMs', nan, msOrInfinity, 'NaN'],
  ['giveUpAfterMs', -1, msOrInfinity, '-1'],
  ['initialMs', infinity, ms, 'Infinity'],
  ['maxMs', '1', ms, '"1"'],
];

const refusal = (message: string) => expect.objectContaining({ code: 'INVALID_ARGUMENT', message });

describe('an option that is not what it must be', () => {
  it.each(bad)('throws at the call: %s %j', (option, value, expected, shown) => {
    const options = { [option]: value } as ClientOptions;
    const message = `${option}: expected ${expected}, received ${shown}`;
    expect(() => createClient(provider, options)).toThrow(refusal(message));
    if (option !== 'budget') expect(() => createClient(provider).with(options)).toThrow(refusal(message));
    if (!['createTimeoutMs', 'deadlineMs', 'allowHosts', 'allowHttp'].includes(option)) {
      expect(() => pollSource(provider, options)).toThrow(refusal(message));
    }
  });

  it.each(badRetry)('throws at the call: retry.%s %j', (option, value, expected, shown) => {
    const options = { retry: { [option]: value } };
    const message = `retry.${option}: expected ${expected}, received ${shown}`;
    expect(() => createClient(provider, options)).toThrow(refusal(message));
    expect(() => pollSource(provider, options)).toThrow(refusal(message));
  });

  it.each(bad.filter(([option]) => ['requestTimeoutMs', 'deadlineMs', 'scheduler'].includes(option)))(
    'throws at the call over a backend: %s %j',
    (option, value, expected, shown) => {
      const options = { [option]: value } as BackendClientOptions;
      const message = `${option}: expected ${expected}, received ${shown}`;
      expect(() => createClient(backend, options)).toThrow(refusal(message));
      expect(() => createClient(backend).with(options)).toThrow(refusal(message));
    },
  );

  it('throws at the call of watch and result', () => {
    const client = createClient(provider);
    const message = `deadlineMs: expected ${msOrInfinity}, received NaN`;
    expect(() => client.watch('x', { deadlineMs: nan })).toThrow(refusal(message));
    expect(() => client.result('x', { deadlineMs: nan })).toThrow(refusal(message));
  });

  it('is fetch beside transport', () => {
    const transport = Object.assign(() => queueScheduler as never, { open: () => queueScheduler as never });
    expect(() => createClient(provider, { transport, fetch: async () => new Response() })).toThrow(
      refusal('fetch: expected none beside transport, received a function'),
    );
    const fetching = createClient(provider, { fetch: async () => new Response() });
    expect(() => fetching.with({ transport }).with({ fetch: async () => new Response() })).not.toThrow();
  });
});

describe('an option that there is none of', () => {
  const names =
    'deadlineMs, requestTimeoutMs, scheduler, fetch, retry, createTimeoutMs, ledger, wake, random, transport, budget, cadence, allowHosts, allowHttp, raw, maxBodyBytes';
  const [ofRemote, ofNone] = [names.split(', ').slice(3, 9), names.split(', ').slice(9)];

  it('is named, with those there are', () => {
    expect(() => createClient(provider, { pollInterval: 5 } as ClientOptions)).toThrow(
      refusal(`options: expected no other options than ${names}, received "pollInterval"`),
    );
    expect(() => createClient([provider], { apiKey: 'x' } as ClientOptions)).toThrow('received "apiKey"');
  });

  it('is budget in with, since a client keeps its own', () => {
    const without = names.replace('budget, ', '');
    expect(() => createClient(provider).with({ budget: undefined } as object)).toThrow(
      refusal(`options: expected no other options than ${without}, received "budget"`),
    );
  });

  it.each([...ofRemote, ...ofNone])('is %s over a backend, and says where it belongs', (option) => {
    const options = { [option]: undefined } as BackendClientOptions;
    const isOfRemote = ofRemote.includes(option);
    const message = isOfRemote
      ? `${option}: expected none over a backend: give it to the backend, such as remote(url, { ${option} }), received undefined`
      : `options: expected no other options than deadlineMs, requestTimeoutMs, scheduler, received "${option}"`;
    if (isOfRemote) expect(() => remote('https://my.app', options)).not.toThrow();
    else expect(() => remote('https://my.app', options)).toThrow(`received "${option}"`);
    expect(() => createClient(backend, options)).toThrow(refusal(message));
    expect(() => createClient(backend.watch, options)).toThrow(refusal(message));
    expect(() => createClient(backend).with(options)).toThrow(refusal(message));
  });

  it.each([
    [null, 'null'],
    [7, '7'],
    ['fast', '"fast"'],
  ])('is not looked for in %j', (options, shown) => {
    const message = `options: expected an object, received ${shown}`;
    expect(() => createClient(provider, options as ClientOptions)).toThrow(refusal(message));
    expect(() => createClient(backend, options as BackendClientOptions)).toThrow(refusal(message));
  });
});

describe('what a client stands on', () => {
  it.each([
    [undefined, 'undefined'],
    [null, 'null'],
    ['cometapi', '"cometapi"'],
    [{}, 'an object'],
    [{ watch: true }, 'an object'],
    [{ read: () => held('queued') }, 'an object'],
  ])('is not %j', (to, shown) => {
    expect(() => createClient(to as Backend)).toThrow(
      refusal(`createClient: expected a provider, a list of them, or a backend with a watch, received ${shown}`),
    );
  });
});

describe('the defaults', () => {
  it('are frozen, and those of the options of a poll among them', () => {
    expect(clientDefaults).toEqual({
      requestTimeoutMs: 30_000,
      raw: false,
      maxBodyBytes: 1_048_576,
      deadlineMs: 3_600_000,
      createTimeoutMs: 120_000,
    });
    expect(pollDefaults).toEqual({ requestTimeoutMs: 30_000, raw: false, maxBodyBytes: 1_048_576 });
    for (const defaults of [clientDefaults, pollDefaults]) expect(Object.isFrozen(defaults)).toBe(true);
  });

  it('stand in for undefined', () => {
    const undefinedOptions = Object.fromEntries(bad.map(([option]) => [option, undefined])) as ClientOptions;
    expect(() => createClient(provider, undefinedOptions)).not.toThrow();
  });

  it('throw nothing but errors of ours', () => {
    for (const [option, value] of bad) {
      try {
        createClient(provider, { [option]: value } as ClientOptions);
      } catch (error) {
        expect(isRushesError(error)).toBe(true);
      }
    }
  });
});
