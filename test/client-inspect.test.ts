import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ark, cometapi, createClient, infinityBlue, openaiCompatible, pollEvery, pollSource } from '../src/index.js';
import { canary, ref, refused, said } from './watch/scripted.js';
import { stage } from './watch/stage.js';
import { Viewer } from './watch/viewer.js';

const options = { apiKey: canary, baseUrl: 'https://gateway.test' };
const providers = [cometapi(options), infinityBlue(options), ark(options), openaiCompatible(options)];
const forms = [canary, btoa(canary), btoa(`Bearer ${canary}`), encodeURIComponent(canary), 'Bearer '];

/** Everything that can be seen of a value without calling its functions. */
function seen(value: unknown): string {
  const shown = [inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true }), String(value)];
  shown.push(`${JSON.stringify(value)}`);
  try {
    shown.push(inspect(structuredClone(value), { depth: Number.POSITIVE_INFINITY }));
  } catch (error) {
    // Functions cannot be cloned; what says so may show their text.
    shown.push(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true }));
  }
  return shown.join('\n');
}

function expectNoKey(value: unknown): void {
  const shown = seen(value);
  for (const form of forms) expect(shown).not.toContain(form);
}

describe('nothing shows the key', () => {
  it.each(providers)('in the provider $name', (provider) => {
    expectNoKey(provider);
    expect(provider.key()).toBe(canary);
  });

  it.each(providers)('in a client over $name, at rest and at work, listened to or not', async (over) => {
    const { clock, client, server, listen } = stage([refused(200, '{"status":"queued"}'), { kind: 'hang' }], {
      over,
      cadence: pollEvery(1_000),
    });
    expectNoKey(client);
    const listening = listen();
    const viewer = new Viewer(client.watch(ref.id));
    await clock.advance(500);
    expectNoKey(client);
    await clock.advance(2_000);
    expect(server.inFlight).toBe(1);
    expectNoKey(client);
    expectNoKey(client.with({ raw: true }));
    listening.unsubscribe();
    viewer.leave();
    expectNoKey(client);
  });

  it('in a stream or a subscription, whatever it waits for', async () => {
    const { clock, client } = stage([said('queued'), { kind: 'hang' }], { cadence: pollEvery(1_000) });
    const stream = client.watch(ref);
    expectNoKey(stream);
    expectNoKey(pollSource(cometapi(options)));
    const subscription = stream.subscribe();
    for (const ms of [0, 50, 100, 1_000]) {
      await clock.advance(ms);
      const shown = inspect(subscription, { depth: Number.POSITIVE_INFINITY, showHidden: true });
      for (const form of forms) expect(shown).not.toContain(form);
    }
    subscription.unsubscribe();
  });
});

describe('a client', () => {
  it('is frozen, and can be stringified while it is listened to', () => {
    const client = createClient(cometapi(options));
    const subscription = client.activity.subscribe();
    expect(Object.isFrozen(client)).toBe(true);
    expect(() => JSON.stringify(client)).not.toThrow();
    expect(JSON.stringify({ client }).length).toBeLessThan(200);
    subscription.unsubscribe();
  });
});
