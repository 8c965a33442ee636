import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { saveVideo } from '../../src/download/to-file/save-video.js';
import { ark, cometapi, createClient, infinityBlue, openaiCompatible, pollEvery } from '../../src/index.js';
import { type Fault, type SimulateOptions, type Simulation, simulate } from '../../src/testing/index.js';
import { mp4Of } from '../../src/testing/media/mp4.js';
import { folder, outcomeOf, quick, sha256 } from './stage.js';

const videoSizeBytes = 500_000;
const providers = ['cometapi', 'infinity-blue', 'ark', 'openai-compatible'] as const;
const sims: Simulation[] = [];

afterEach(() => Promise.all(sims.splice(0).map((sim) => sim.close())));

async function studio(options: SimulateOptions = {}) {
  const sim = await simulate({ videoSizeBytes, speed: 1_000, ...options });
  sims.push(sim);
  const at = (mount: string) => ({ apiKey: 'sk-canary-0123456789', baseUrl: `${sim.url}/${mount}` });
  const all = [
    cometapi(at('cometapi')),
    infinityBlue(at('infinity-blue')),
    ark(at('ark')),
    openaiCompatible(at('openai-compatible')),
  ];
  return { sim, client: createClient(all, { cadence: pollEvery(20), retry: quick.retry }) };
}

describe('a video of a simulated vendor', () => {
  it.each(providers)('is saved as %s has it, once its task has ended', async (provider) => {
    const { sim, client } = await studio();
    const id = sim.add(provider);
    const path = join(await folder(), 'out.mp4');
    const saved = await outcomeOf(saveVideo(client, { provider, id }, path, quick));
    expect(saved).toMatchObject({ sha256: sha256(mp4Of(`${provider}/${id}`, { sizeBytes: videoSizeBytes })) });
    expect(sim.requests.filter(({ method }) => method !== 'GET')).toEqual([]);
  });

  it.each([
    { kind: 'cut', afterBytes: 200_000 },
    { kind: 'cut', afterBytes: 200_000, ending: 'silence' },
    { kind: 'reset' },
    { kind: 'serverError', status: 502 },
    { kind: 'html', status: 200 },
    { kind: 'errorBody' },
    { kind: 'empty' },
    { kind: 'rateLimited' },
  ] as const satisfies readonly Fault[])('is saved through $kind', async (fault) => {
    const isBytes = (operation: string) => operation === 'content' || operation === 'media';
    const { sim, client } = await studio({
      faults: ({ operation, nth }) => (isBytes(operation) && nth <= 2 ? fault : undefined),
    });
    const path = join(await folder(), 'out.mp4');
    const task = { provider: 'infinity-blue', id: sim.add('infinity-blue') };
    const saved = await outcomeOf(saveVideo(client, task, path, quick));
    const video = mp4Of(`infinity-blue/${task.id}`, { sizeBytes: videoSizeBytes });
    expect(saved).toMatchObject({ sha256: sha256(video), verified: 'length' });
  });
});
