import { describe, expect, it } from 'vitest';
import { checkFleetSettings, type FleetSettings } from '../../src/fleet/fleet-settings.js';
import { Layout } from '../../src/fleet/layout.js';
import { howToUpgrade } from '../../src/fleet/streams/advice.js';
import { planOf } from '../../src/fleet/streams/plan.js';
import { settle } from '../../src/fleet/streams/settle.js';
import { upgrade } from '../../src/fleet/streams/upgrade.js';
import { StreamsServer } from './streams-server.js';

const layout = new Layout('rushes');

/** What a worker with settings is told where the fleet has others. */
async function advice(there: Partial<FleetSettings>, wanted: Partial<FleetSettings>, its = layout): Promise<string> {
  const server = new StreamsServer();
  await settle(server.manager, its, checkFleetSettings(there), ['ark']);
  const refused = await settle(server.manager, its, checkFleetSettings(wanted), ['ark']).catch((error) => error);
  return String(refused.advice);
}

const first = 'start it with what the fleet has, or stop all workers and change the fleet with ';

describe('what a refused worker is advised', () => {
  it.each<[Partial<FleetSettings>, Partial<FleetSettings>, string]>([
    [{}, { shards: 16 }, '--shards 16'],
    [{ shards: 16 }, {}, '--shards 1'],
    [{ shards: 16, keepEventsMs: 3_600_000 }, { shards: 16 }, '--shards 16 --keep-events 168h'],
    // What is agreed on is said all the same where it is not the usual: the command would set it back.
    [{ maxLive: 5, requestTimeoutMs: 10_000 }, { maxLive: 5 }, '--request-timeout 30s --max-live 5'],
    [{}, { requestTimeoutMs: 1_500, keepEventsMs: 90_000 }, '--request-timeout 1500ms --keep-events 90s'],
    [{}, { requestTimeoutMs: 120_000, keepEventsMs: 2 * 3_600_000 }, '--request-timeout 2m --keep-events 2h'],
  ])('%j is there, and %j is wanted', async (there, wanted, options) => {
    expect(await advice(there, wanted)).toBe(`${first}\`rushes fleet upgrade ${options}\``);
  });

  it('names the fleet where it is not called as usual', async () => {
    const named = new Layout('video-polls');
    expect(await advice({}, { maxLive: 7 }, named)).toContain('`rushes fleet upgrade --name video-polls --max-live 7`');
  });

  it('is no command for what no command can say', async () => {
    expect(await advice({}, { keepEventsMs: Number.POSITIVE_INFINITY })).toBe(
      `${first}\`upgrade()\` of a fleet with these options`,
    );
  });

  it('makes room for all that waits, and says so to who would change it to less', async () => {
    const waiting = {
      part: 'consumer',
      mending: 'never',
      difference: { of: 'consumer ark', setting: 'waiting tasks', found: 120_000, needed: 'maxLive: at most 100000' },
    } as const;
    const plan = planOf(layout, checkFleetSettings({}), ['ark']);
    expect(howToUpgrade(plan, [waiting])).toBe('`rushes fleet upgrade --max-live 120000`');
  });

  it('needs no option for what is not as usual on the server only', async () => {
    const plan = planOf(layout, checkFleetSettings({}), ['ark']);
    expect(howToUpgrade(plan, [])).toBe('`rushes fleet upgrade`');
    const replicas = planOf(layout, checkFleetSettings({ replicas: 3 }), ['ark']);
    expect(howToUpgrade(replicas, [])).toBe('`rushes fleet upgrade --replicas 3`');
  });

  it('is to go on with an upgrade that something has undone', async () => {
    const server = new StreamsServer();
    await settle(server.manager, layout, checkFleetSettings({}), ['ark']);
    server.meanwhile = (change) => {
      if (change !== 'update ark') return;
      server.meanwhile = () => undefined;
      server.streams.delete('rushes-events');
    };
    const half = upgrade(server.manager, layout, checkFleetSettings({ maxLive: 5 }), ['ark']);
    await expect(half).rejects.toMatchObject({ advice: 'run `rushes fleet upgrade --max-live 5` again' });
  });
});
