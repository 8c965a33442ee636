// In a program of your own: from 'rushes' and 'rushes/testing'.
import { ark, type Client, cometapi, createClient, infinityBlue, jittered, pollEvery } from '../index.js';
import { type Simulation, simulate } from '../testing/index.js';
import { faultOf, lifeOf } from './demo-script.js';

/** The vendors' APIs on this machine, at `speed` times their pace and not at their best, and one client for all of them. */
export async function demoStudio(speed: number): Promise<{ readonly sim: Simulation; readonly client: Client }> {
  const sim = await simulate({ speed, seed: 'rushes', timeline: lifeOf, faults: faultOf });

  // Real accounts differ in nothing but their keys, and need no `baseUrl`.
  const client = createClient(
    [
      cometapi({ apiKey: 'sk-demo-of-comet', baseUrl: `${sim.url}/cometapi` }),
      infinityBlue({ apiKey: 'sk-demo-of-blue', baseUrl: `${sim.url}/infinity-blue` }),
      ark({ apiKey: 'sk-demo-of-ark', baseUrl: `${sim.url}/ark` }),
    ],
    {
      // None of these is needed against real ones: the defaults are made for tasks that take minutes.
      cadence: jittered(pollEvery(6_000 / speed)),
      retry: { initialMs: 16_000 / speed, maxMs: 40_000 / speed, giveUpAfterMs: 80_000 / speed },
      requestTimeoutMs: 20_000 / speed,
      deadlineMs: 200_000 / speed,
    },
  );
  return { sim, client };
}
