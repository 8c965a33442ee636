import { describe, expect, it } from 'vitest';
import { law } from '../watch/law.js';
import { brokenClients } from './clients.js';

describe('a client that breaks the law is found out', () => {
  for (const { breaks, how, make } of brokenClients) {
    const property = law.find(({ point }) => point.startsWith(`${breaks} `));
    it(`by point ${breaks} when it ${how}`, async () => {
      await expect(property?.check(make)).rejects.toThrow();
    });
  }

  it('for each point of the law', () => {
    expect(new Set(brokenClients.map(({ breaks }) => breaks)).size).toBe(law.length);
  });
});
