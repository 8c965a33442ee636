import { type ReactNode, useLayoutEffect } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { type Client, createClient } from '../../../src/index.js';
import { type TaskLike, useTask, type WatchedTask } from '../../../src/react/index.js';
import { Upstream } from '../../react/upstream.js';

/** What React and the page complained of. */
export const complaints: string[] = [];
console.error = (...said: unknown[]) => complaints.push(said.map(String).join(' '));
console.warn = console.error;
addEventListener('error', ({ message }) => complaints.push(message));
addEventListener('unhandledrejection', ({ reason }) => complaints.push(String(reason)));

/** The timers of this page that are running. */
export const timers = new Set<unknown>();
for (const [start, stop] of [
  ['setTimeout', 'clearTimeout'],
  ['setInterval', 'clearInterval'],
] as const) {
  const starting = window[start].bind(window) as (run: () => void, ms?: number) => number;
  const stopping = window[stop].bind(window);
  window[start] = ((run: () => void, ms?: number) => {
    const timer = starting(() => {
      if (start === 'setTimeout') timers.delete(timer);
      run();
    }, ms);
    timers.add(timer);
    return timer;
  }) as never;
  window[stop] = (timer) => {
    timers.delete(timer);
    stopping(timer);
  };
}

/** A client over a script, a root in the page, and what was rendered there. */
export interface Stage {
  readonly upstream: Upstream;
  readonly client: Client;
  readonly root: Root;
  readonly place: HTMLElement;
  /** What each render and each commit of each {@link Watcher} had, in turn. */
  readonly renders: Seen[];
  readonly commits: Seen[];
}

export interface Seen {
  readonly who: string;
  readonly said: string;
}

export function createStage(): Stage {
  const upstream = new Upstream();
  const place = document.getElementById('root') as HTMLElement;
  const [renders, commits]: Seen[][] = [[], []];
  const client = createClient(upstream.source);
  return { upstream, place, client, root: createRoot(place), renders: renders ?? [], commits: commits ?? [] };
}

/** Stands between what was committed in one go and in the next. */
export const pause: Seen = { who: 'nobody', said: '' };

export interface WatcherProps {
  readonly stage: Stage;
  readonly task: TaskLike | null;
  readonly who?: string;
  readonly slowMs?: number;
  readonly children?: (watched: WatchedTask) => ReactNode;
}

/** Shows a task, and notes what it was given at each render and at each commit. */
export function Watcher({ stage, task, who = '', slowMs = 0, children }: WatcherProps) {
  const watched = useTask(stage.client, task);
  const said = sayOf(watched);
  stage.renders.push({ who, said });
  useLayoutEffect(() => {
    stage.commits.push({ who, said });
    queueMicrotask(() => stage.commits.push(pause));
  });
  const untilMs = performance.now() + slowMs;
  while (performance.now() < untilMs);
  return children?.(watched) ?? <p>{said}</p>;
}

export function sayOf({ snapshot, lost }: Pick<WatchedTask, 'snapshot' | 'lost'>): string {
  return [lost?.code, snapshot?.status, snapshot?.progress].filter((word) => word !== undefined).join(' ') || 'asking';
}

/** Waits for a condition; the test's own limit ends what never comes. */
export async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

export const shows = ({ place }: Stage, text: string) => until(() => place.textContent === text);

/** `0` to `n - 1`, as keys. */
export const keys = (n: number): string[] => Array.from({ length: n }, (_, i) => `${i}`);

/** Long enough for whatever was due a macrotask later. */
export async function turns(): Promise<void> {
  for (let i = 0; i < 8; i++) await turn();
}

function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
