import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { CloudEvent } from '../../src/bridges/index.js';
import {
  type BusWorld,
  bridgeConformance,
  bridgeConformanceDefaults,
  sourceConformance,
} from '../../src/testing/index.js';
import { Bus } from '../broken/bridges-bus.js';

const all = { late: true, oneEnd: true, addresses: true };
const none = { late: false, oneEnd: false };
const namesOf = (checks: readonly { readonly name: string }[]) => checks.map(({ name }) => name);

describe('a bus in memory conforms', () => {
  for (const { name, run } of bridgeConformance({ open: () => new Bus(), supports: all })) it(name, run);
});

describe('a bus that cannot be read back, as in the doc comment, conforms', () => {
  const open = () => {
    const bodies: string[] = [];
    const publisher = { publish: async (event: CloudEvent) => void bodies.push(JSON.stringify(event)) };
    return { publisher, events: async () => bodies, settle: async () => undefined };
  };
  for (const { name, run } of bridgeConformance({ open, supports: none })) it(name, run);
});

describe('the bridge conformance suite', () => {
  it('opens a world for each check, and closes it, also when the check fails', async () => {
    const [opened, closed]: [BusWorld[], BusWorld[]] = [[], []];
    const open = async () => {
      const bus = new Bus();
      const world: BusWorld = Object.assign(bus, { close: () => void closed.push(world) });
      if (opened.length % 2) bus.publish = () => Promise.reject(new Error('no'));
      opened.push(world);
      return world;
    };
    const checks = bridgeConformance({ open, supports: all }).slice(0, 2);
    expect(opened).toEqual([]);
    const outcomes = await Promise.allSettled(checks.map(({ run }) => run()));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect([opened.length, new Set(closed).size]).toEqual([2, 2]);
  });

  it('has a name of its own for each check', () => {
    const names = namesOf(bridgeConformance({ open: () => new Bus(), supports: all }));
    expect(new Set(names).size).toBe(names.length);
  });

  it('asks of the source all that is asked of any source', () => {
    const open = () => new Bus();
    const names = namesOf(bridgeConformance({ open, supports: all }));
    expect(names).toEqual(
      expect.arrayContaining(namesOf(sourceConformance({ open: () => expect.unreachable(), supports: all }))),
    );
  });

  it.each([
    ['late', 'who comes late is told how the task stands'],
    ['late', 'who comes after the end is told the end, whatever was published since'],
    ['oneEnd', 'a task ends once, whoever publishes'],
    ['addresses', 'news of a task that comes by the address of another is not believed'],
  ])('leaves out, for a bus without %s, "%s"', (what, name) => {
    const open = () => new Bus();
    expect(namesOf(bridgeConformance({ open, supports: { ...all, [what]: false } }))).not.toContain(name);
    expect(namesOf(bridgeConformance({ open, supports: all }))).toContain(name);
  });

  it('publishes tasks of the provider that it is told', async () => {
    const bus = new Bus();
    const [check] = bridgeConformance({ open: () => bus, supports: all, provider: 'ark' });
    await check?.run();
    expect(new Set(bus.messages.map(({ place }) => place))).toEqual(new Set(['ark/task_1']));
  });

  it('has the defaults that are documented', () => {
    const path = '../../src/testing/conformance/bridge-manifest.ts';
    const source = readFileSync(new URL(path, import.meta.url), 'utf8');
    const documented = source.matchAll(/@defaultValue `([^`]+)` \*\/\s*readonly (\w+)\?:/g);
    expect(Object.fromEntries(Array.from(documented, ([, value = '', name]) => [name, JSON.parse(value)]))).toEqual(
      bridgeConformanceDefaults,
    );
  });
});
