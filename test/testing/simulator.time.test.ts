import { describe, expect, it } from 'vitest';
import { createClock, createSimulator, type ProviderName } from '../../src/testing/index.js';

const paths: Readonly<Record<ProviderName, string>> = {
  cometapi: '/v1/videos',
  'infinity-blue': '/v1/videos',
  ark: '/contents/generations/tasks',
  'openai-compatible': '/v1/videos',
};

describe('a simulator in which time runs faster', () => {
  it.each(Object.entries(paths) as [ProviderName, string][])(
    'tells times at %s by the clock of whoever asks',
    async (provider, path) => {
      const clock = createClock();
      const startMs = clock.now();
      const sim = createSimulator({ scheduler: clock, speed: 20 });
      const url = `http://sim.test/${provider}${path}`;
      const read = async (id: string) =>
        (await (await sim.fetch(`${url}/${id}`, { headers: { authorization: 'Bearer key' } })).json()) as Record<
          string,
          number | null | undefined
        >;
      await clock.advance(120_000);
      const id = sim.add(provider, { timeline: [{ afterMs: 100_000, status: 'completed' }] });
      await clock.advance(9_000);
      const told = await read(id);
      const unit = provider === 'infinity-blue' ? 1 : 1_000;
      const at = (name: string) =>
        told[name] === undefined ? undefined : ((told[name] ?? 0) * unit - startMs) / 1_000;
      expect(told['status']).toMatch(/completed|succeeded/);
      expect(at('created_at')).toBe(120);
      expect(at('completed_at') ?? at('updated_at')).toBe(125);
      const lifetime = { 'infinity-blue': 86_400, 'openai-compatible': 3_600 }[provider as string];
      expect(at('expires_at')).toBe(lifetime && 125 + lifetime / 20);
      if (provider === 'ark') {
        expect(id.slice(4, 18)).toBe(new Date(startMs + 120_000).toISOString().replace(/\D/g, '').slice(0, 14));
      }
    },
  );
});
