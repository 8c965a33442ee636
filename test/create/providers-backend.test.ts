import { describe, expect, it } from 'vitest';
import { ark, cometapi, createClient, infinityBlue, type Provider } from '../../src/index.js';
import { refused, said } from '../watch/scripted.js';
import { stage } from '../watch/stage.js';
import { Viewer } from '../watch/viewer.js';
import { input, reasonOf } from './studio.js';

const several = [cometapi({ apiKey: 'a' }), ark({ apiKey: 'b' }), cometapi({ apiKey: 'c', name: 'second' })];

describe('a client over several providers', () => {
  it('asks the one that a ref names', async () => {
    const { clock, client, server } = stage([refused(200, '{"status":"queued"}')], { over: several });
    for (const provider of ['ark', 'second', 'cometapi']) new Viewer(client.watch({ provider, id: 'x' }));
    await clock.advance(100);
    expect(server.requests.map(({ request }) => [request.url, request.headers['authorization']])).toEqual([
      ['https://ark.ap-southeast.bytepluses.com/api/v3/contents/generations/tasks/x', 'Bearer b'],
      ['https://api.cometapi.com/v1/videos/x', 'Bearer c'],
      ['https://api.cometapi.com/v1/videos/x', 'Bearer a'],
    ]);
  });

  it('creates at the one that is chosen', async () => {
    const { clock, client, server } = stage([said('queued')], { over: several });
    const made = client.create(input, { provider: 'second' });
    await clock.advance(100);
    expect((await made).task).toEqual({ provider: 'second', id: 'task_1' });
    expect(server.requests[0]?.request.headers['authorization']).toBe('Bearer c');
  });

  it('refuses at the call to choose, or to create with one that it does not have', () => {
    const { client, server } = stage([said('queued')], { over: several });
    const choice = "create.provider: expected one of this client's providers (cometapi, ark, second), received ";
    expect(() => client.create(input)).toThrow(`${choice}undefined`);
    expect(() => client.run(input)).toThrow(`${choice}undefined`);
    expect(() => client.create(input, { provider: 'infinity-blue' })).toThrow(`${choice}"infinity-blue"`);
    expect(() => client.create(input, { provider: '' })).toThrow(`${choice}""`);
    expect(server.requests).toEqual([]);
  });

  it('keeps what it learned of each apart', async () => {
    const page = '<html><title>Welcome</title></html>';
    const answers = [refused(200, '{"status":"queued"}'), refused(200, page)];
    const { clock, client } = stage(answers, { over: several, cadence: () => 1_000 });
    const well = new Viewer(client.watch({ provider: 'cometapi', id: 'x' }));
    await clock.advance(100);
    const wrong = new Viewer(client.watch({ provider: 'second', id: 'x' }));
    await clock.advance(2_000);
    expect([well.end, wrong.error]).toMatchObject([undefined, { code: 'BAD_RESPONSE' }]);
  });
});

describe('a client over one provider', () => {
  it('creates there without being told', async () => {
    const { clock, client } = stage([said('queued')], { over: [ark({ apiKey: 'b' })] });
    const made = client.create(input);
    await clock.advance(100);
    expect((await made).task.provider).toBe('ark');
  });

  it('refuses another one', () => {
    const { client } = stage([said('queued')]);
    expect(() => client.create(input, { provider: 'ark' })).toThrow(
      'create.provider: expected one of this client\'s providers (cometapi), received "ark"',
    );
  });
});

describe('what is no input', () => {
  it.each<[object, string]>([
    [{ prompt: 'x' }, 'create.model: expected a non-empty string, received undefined'],
    [{ model: 'm', prompt: 7 }, 'create.prompt: expected a non-empty string, received 7'],
    [{ ...input, seconds: -1 }, 'create.seconds: expected a finite number above 0, received -1'],
    [{ ...input, inputReference: 'x.png' }, 'create.inputReference: expected a Blob, received "x.png"'],
    [{ ...input, extra: [] }, 'create.extra: expected an object of further fields, received an array'],
  ])('throws at the call: %j', async (bad, message) => {
    const { client, server } = stage([said('queued')]);
    expect(() => client.create(bad as typeof input)).toThrow(message);
    expect(() => client.create(bad as typeof input)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(server.requests).toEqual([]);
  });

  it('is what the chosen provider cannot take', () => {
    const { client } = stage([said('queued')], { over: several });
    expect(() => client.create({ ...input, size: '1280x720' }, { provider: 'ark' })).toThrow('create.size: expected');
  });
});

describe('providers of a client', () => {
  it.each<[unknown, string]>([
    [[], 'createClient(providers): expected at least one provider, received an array'],
    [[several[0], {}], 'createClient(provider): expected a provider, such as cometapi({ apiKey }), received an object'],
    [[several[0], null], 'createClient(provider): expected a provider, such as cometapi({ apiKey }), received null'],
    [
      [several[0], cometapi({ apiKey: 'z' })],
      'createClient(providers): expected a name of its own for each provider, received "cometapi"',
    ],
    [{ ...several[0], name: 'No' }, 'provider.name: expected 1-64 characters of a-z, 0-9 and "-", received "No"'],
    [
      { ...several[0], hear: undefined },
      'createClient: expected a provider, a list of them, or a backend with a watch',
    ],
    [{ ...several[0], ask: undefined }, 'createClient: expected a provider, a list of them, or a backend with a watch'],
  ])('are checked at the call (%#)', (providers, message) => {
    expect(() => createClient(providers as Provider[])).toThrow(message);
  });

  it('may be the same API under two names', async () => {
    const pair = [infinityBlue({ apiKey: 'a' }), infinityBlue({ apiKey: 'a', name: 'studio-2' })];
    expect(await reasonOf(Promise.resolve(Object.keys(createClient(pair)).length))).toMatchObject({ resolved: 10 });
  });
});
