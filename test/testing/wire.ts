import { readFileSync } from 'node:fs';
import { type Clock, createClock } from '../../src/testing/clock.js';
import {
  type AddedTask,
  createSimulator,
  type ProviderName,
  type Simulator,
  type SimulatorOptions,
} from '../../src/testing/index.js';

export const BASE = {
  cometapi: 'http://sim.test/cometapi/v1/videos',
  'infinity-blue': 'http://sim.test/infinity-blue/v1/videos',
  ark: 'http://sim.test/ark/contents/generations/tasks',
  'openai-compatible': 'http://sim.test/openai-compatible/v1/videos',
} as const satisfies Record<ProviderName, string>;

export type Body = Record<string, unknown>;

/** A simulator in virtual time, and short words for asking it. */
export interface Scene {
  readonly clock: Clock;
  readonly sim: Simulator;
  ask(url: string, init?: RequestInit): Promise<Response>;
  read(provider: ProviderName, id: string): Promise<Body>;
  add(provider: ProviderName, task?: Partial<AddedTask>): string;
}

export function scene(options: SimulatorOptions = {}): Scene {
  const clock = createClock();
  const sim = createSimulator({ scheduler: clock, ...options });
  const ask = (url: string, { headers, ...init }: RequestInit = {}) =>
    sim.fetch(url, { ...init, headers: { authorization: 'Bearer key', ...(headers as Record<string, string>) } });
  return {
    clock,
    sim,
    ask,
    read: async (provider, id) => (await (await ask(`${BASE[provider]}/${id}`)).json()) as Body,
    add: sim.add,
  };
}

export function postJson(body: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

export function postForm(fields: Readonly<Record<string, string | Blob>>): RequestInit {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return { method: 'POST', body: form };
}

export function fixture(name: string): Body {
  const url = new URL(`../fixtures/wire/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(url, 'utf8')) as Body;
}

/** The keys and the types of a body, all the way down. */
export function shapeOf(value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value === null ? 'null' : typeof value;
  if (Array.isArray(value)) return value.map(shapeOf);
  const entries = Object.entries(value).map(([key, inner]) => [key, shapeOf(inner)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}
