import { describe, expect, it } from 'vitest';
import { providerConformance } from '../../src/testing/index.js';
import { ownProviders } from '../testing/conformance-providers.js';
import { brokenProviders } from './providers.js';

describe('a provider that does not conform is found out', () => {
  for (const { foundBy, how, options } of brokenProviders) {
    it(`by "${foundBy}" when it ${how}`, async () => {
      const check = providerConformance(options).find(({ name }) => name === foundBy);
      await expect(Promise.resolve().then(() => check?.run())).rejects.toThrow(/ must |^only status decides|: it /);
    });
  }

  it('for each check of the suite', () => {
    const names = Object.values(ownProviders).flatMap((options) =>
      providerConformance(options).map(({ name }) => name),
    );
    expect(new Set(brokenProviders.map(({ foundBy }) => foundBy))).toEqual(new Set(names));
  });
});
