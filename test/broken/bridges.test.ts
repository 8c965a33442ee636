import { describe, expect, it } from 'vitest';
import { bridgeConformance, sourceConformance } from '../../src/testing/index.js';
import { brokenBridges } from './bridges.js';
import { Bus } from './bridges-bus.js';

const supports = { late: true, oneEnd: true, addresses: true };

describe('a bridge that does not conform is found out', () => {
  for (const { foundBy, how, bus, supports: less } of brokenBridges) {
    it(`by "${foundBy}" when it ${how}`, async () => {
      const options = { open: () => new bus(), supports: { ...supports, ...less } };
      const check = bridgeConformance(options).find(({ name }) => name === foundBy);
      await expect(check?.run()).rejects.toThrow(/ must /);
    });
  }

  it('for each check of the suite that is not one of sources', () => {
    const open = () => new Bus();
    const ofSources = new Set(
      sourceConformance({ open: () => expect.unreachable(), supports }).map(({ name }) => name),
    );
    const names = bridgeConformance({ open, supports }).map(({ name }) => name);
    const found = new Set(brokenBridges.map(({ foundBy }) => foundBy));
    expect(names.filter((name) => !ofSources.has(name) && !found.has(name))).toEqual([]);
  });
});
