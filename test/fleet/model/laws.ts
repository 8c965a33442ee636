import { expect } from 'vitest';
import { tellsEnd } from '../../../src/bridges/envelope/cloud-event.js';
import { isSameNews } from '../../../src/task/sameness.js';
import { layout, type ModelServer, type News } from './server.js';
import { tasks, type World } from './world.js';

/** What holds at every moment, whatever has happened. */
export function holdLaws({ server, workers }: World): void {
  for (const { broken } of workers) if (broken) throw broken;
  for (const task of tasks) {
    const subject = layout.eventSubject(task);
    const news = server.news.filter((each) => each.subject === subject);
    endsOnce(news);
    endsOncePerWatch(news);
    isNewsEachTime(news);
    forgetsNothing(server, news, layout.pollSubject(task));
  }
}

function isEnd({ told }: News): boolean {
  return told !== undefined && tellsEnd(told);
}

function isLoss({ told }: News): boolean {
  return told?.kind === 'lost';
}

function endsOnce(news: readonly News[]): void {
  const at = news.findIndex(isEnd);
  if (at >= 0) expect(news.length, 'something follows the end of a task').toBe(at + 1);
}

/** What was handed out before a forget may still see the news of the watch after it, and not that it was forgotten. */
function endsOncePerWatch(news: readonly News[]): void {
  for (const [at, { generation = Number.POSITIVE_INFINITY }] of news.entries()) {
    const since = news.slice(0, at).findLastIndex((each) => (each.generation ?? 0) > generation && !isLoss(each));
    const lostBefore = news.slice(since + 1, at).filter((each) => isLoss(each) && (each.generation ?? 0) >= generation);
    expect(lostBefore.length, 'a watch speaks after its loss').toBe(0);
  }
}

function isNewsEachTime(news: readonly News[]): void {
  for (const [at, { told, isForeign }] of news.entries()) {
    const before = news[at - 1]?.told;
    if (isForeign || told?.kind !== 'snapshot' || before?.kind !== 'snapshot') continue;
    expect(isSameNews(told.snapshot, before.snapshot), 'what was told already is told again').toBe(false);
  }
}

/** A watch is in the stream of work until its end, or its loss, is told. */
function forgetsNothing(server: ModelServer, news: readonly News[], subject: string): void {
  const waiting = server.work.get(subject);
  for (const { seq } of server.submits.filter((each) => each.subject === subject)) {
    if (waiting?.seq === seq && !waiting.isGhost) continue;
    const isTold = news.some((each) => isEnd(each) || (isLoss(each) && (each.generation ?? 0) >= seq));
    expect(isTold, `watch ${seq} is gone, and nobody was told`).toBe(true);
  }
}

/** All troubles are over: every watch comes to its end within a few turns, and what was lost may be watched again. */
export async function endsWell(world: World): Promise<void> {
  await end(world);
  for (const task of tasks) {
    const last = world.server.lastNews(layout.eventSubject(task));
    const expected = last && isEnd(last) ? 'already-finished' : 'submitted';
    world.submit(task, Number.POSITIVE_INFINITY);
    await flow(world);
    expect(world.answers.at(-1)).toBe(expected);
  }
  await end(world);
  expect(world.server.news.filter(isEnd)).toHaveLength(tasks.length);
}

async function end(world: World): Promise<void> {
  const { server, wire, workers } = world;
  const isLeft = () => [...server.work.values()].some(({ isGhost }) => !isGhost) || wire.calls.length > 0;
  for (let round = 0; isLeft() || round === 0; round++) {
    expect(round, 'a watch does not end').toBeLessThan(40);
    for (const work of server.due()) workers[round % workers.length]?.take(work);
    await world.settle();
    await flow(world);
    server.nowMs += 11_000;
  }
  expect(workers.map(({ underWay }) => underWay)).toEqual(workers.map(() => 0));
  expect(world.clients.size).toBe(0);
  holdLaws(world);
}

/** Whatever is under way goes on to its end, and the provider says that of tasks. */
async function flow(world: World): Promise<void> {
  const { wire, polls } = world;
  while (wire.calls.length + polls.length > 0) {
    wire.calls[0]?.step();
    if (polls[0]) world.answer(polls[0], 'completed');
    await world.settle();
    holdLaws(world);
  }
}
