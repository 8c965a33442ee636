import { concat, from, lastValueFrom, map } from 'rxjs';
import { type CloudEvent, toCloudEvent } from '../../bridges/envelope/cloud-event.js';
import { publishTo } from '../../bridges/publish/publish-to.js';
import { isRushesError, RushesError } from '../../errors.js';
import { taskKey } from '../../task/ref.js';
import { snapshotOf } from '../marbles.js';
import type { BridgeConformanceOptions } from './bridge-manifest.js';
import { type BridgeStage, claimSame, idOf, newsOf, withoutRepeats } from './bridge-stage.js';
import { claim, shown } from './claim.js';

const codes = ['*', '>', 'a.>', 'a.b', 'a/b', '/', '#', '+', '$SYS/x', ' ', '%2e%2e', 'ö', '✓', 'a:b', '=2A', 'A', 'a'];

/** One thing that every bridge must do. */
export interface BridgeChapter {
  readonly name: string;
  readonly needs?: keyof BridgeConformanceOptions['supports'];
  check(stage: BridgeStage): Promise<void>;
}

/** What every bridge must do while nobody means harm. */
export const bridgeChecks: readonly BridgeChapter[] = [
  {
    name: 'what is acknowledged is on the bus',
    async check(stage) {
      for (const status of ['queued', 'in_progress', 'completed'] as const) {
        const event = stage.event(status);
        await stage.publish(event);
        const last = (await stage.idsOf(stage.task)).at(-1);
        claim(last === event.id, `the bus must have ${event.id} once it is acknowledged, but has ${shown(last)} last`);
      }
    },
  },
  {
    name: 'the bus has each event as structured JSON, unchanged',
    async check(stage) {
      const events = plentyOf(stage);
      await stage.publish(...events);
      await stage.world.settle();
      const stored = await stage.stored();
      claim(stored.length === events.length, `the bus must have ${events.length} events, but has ${stored.length}`);
      for (const [i, event] of events.entries()) claimSame(stored[i] as (typeof stored)[number], event);
    },
  },
  {
    name: 'the order in which news of a task is acknowledged is its order on the bus',
    async check(stage) {
      const running = Array.from({ length: 20 }, (_, progress) =>
        stage.event('in_progress', stage.task, { progress: progress * 5 }),
      );
      const events = [stage.event('queued'), ...running, stage.event('queued'), stage.event('completed')];
      const listener = await stage.listen();
      await stage.publish(...events);
      await stage.world.settle();
      await stage.claimStored(stage.task, events, 'all news must be kept in order, also a status that comes back');
      const news = listener && newsOf(listener);
      claim(
        news === undefined || news === 'queued in_progress queued completed',
        `the source must tell what was published, in order, but told ${shown(news)}`,
      );
    },
  },
  {
    name: 'of a thousand tasks nothing is lost, and each keeps its order',
    async check(stage) {
      const tasks = [...codes, ...Array.from({ length: 1_000 - codes.length }, (_, i) => `task_${i}`)].map((id) =>
        stage.ref(id),
      );
      const said = (['queued', 'completed'] as const).map((status) =>
        from(tasks.map((task) => snapshotOf(status, { task }))),
      );
      await lastValueFrom(
        concat(...said).pipe(
          map((snapshot) => ({ kind: 'snapshot', task: snapshot.task, snapshot }) as const),
          publishTo(stage.world.publisher, { retry: { giveUpAfterMs: 5_000 } }),
        ),
      );
      await stage.world.settle();
      const found = new Map<string, readonly string[]>();
      for (const { told } of await stage.stored()) {
        const key = told ? taskKey(told.task) : '';
        const status = told?.kind === 'snapshot' ? told.snapshot.status : 'no snapshot';
        found.set(key, withoutRepeats([...(found.get(key) ?? []), status]));
      }
      for (const task of tasks) {
        const news = found.get(taskKey(task))?.join(' ');
        claim(news === 'queued completed', `${shown(task)} must be queued, then completed, but is ${shown(news)}`);
      }
      claim(found.size === tasks.length, `there must be ${tasks.length} tasks on the bus, but are ${found.size}`);
    },
  },
  {
    name: 'no id is taken for an address',
    async check(stage) {
      const strange = [...codes, 'a\r\nPUB x 0', '\u0000', '..'];
      const listeners = await Promise.all(codes.map((id) => stage.listen(stage.ref(id))));
      await stage.publish(...codes.map((id) => stage.event('in_progress', stage.ref(id))));
      for (const id of strange) await publishOrRefuse(stage, stage.event('completed', stage.ref(id)));
      await stage.world.settle();
      for (const [i, listener] of listeners.entries()) {
        const own = codes[i];
        const isRight = listener?.heard.every(({ task }) => task.id === own) && newsOf(listener).endsWith('completed');
        claim(
          isRight !== false,
          `who listens to ${shown(own)} must hear its end alone, but heard ${shown(listener?.heard)}`,
        );
      }
    },
  },
  {
    name: 'an address that is too long is refused before anything is sent, or not too long',
    async check(stage) {
      for (const id of ['>'.repeat(80), 'x'.repeat(511), '文'.repeat(511)]) {
        // Ids that differ in their last character only would be one if an address were cut.
        for (const last of ['a', 'b']) await publishOrRefuse(stage, stage.event('completed', stage.ref(id + last)));
      }
      const event = stage.event('queued');
      await stage.publish(event);
      await stage.claimStored(stage.task, [event], 'the next event must be taken');
    },
  },
  {
    name: 'an event that is published once more does no harm',
    async check(stage) {
      const listener = await stage.listen();
      const events = (['queued', 'in_progress', 'completed'] as const).map((status) => stage.event(status));
      await stage.publish(...events.flatMap((event) => [event, event]));
      await stage.world.settle();
      await stage.claimStored(stage.task, events, 'what is published twice must be the same event');
      const news = listener?.heard.map(({ status }) => status).join(' ');
      claim(
        news === undefined || news === 'queued in_progress completed',
        `what is published twice must be told once, but told was ${shown(news)}`,
      );
    },
  },
  {
    name: 'a task ends once, whoever publishes',
    needs: 'oneEnd',
    async check(stage) {
      const [queued, end] = [stage.event('queued'), stage.event('failed')];
      await stage.publish(queued, end);
      const late = ['completed', 'in_progress', 'failed'] as const;
      await stage.publish(...late.map((status) => stage.event(status)), lost(stage));
      await stage.world.settle();
      const said = (await stage.stored()).map(({ text }) => (JSON.parse(text) as CloudEvent).type);
      claim(
        said.join() === [queued.type, end.type].join(),
        `the first end of a task must be its last event on the bus, but stored is ${shown(said)}`,
      );
    },
  },
  {
    name: 'who comes after the end is told the end, whatever was published since',
    needs: 'late',
    async check(stage) {
      await stage.publish(stage.event('in_progress'), stage.event('completed'));
      await stage.publish(stage.event('in_progress', stage.task, { progress: 10 }));
      await stage.world.settle();
      const listener = await stage.listen();
      const last = listener?.heard.at(-1)?.status ?? 'nothing';
      claim(
        listener === undefined || (last === 'completed' && listener.end === 'complete'),
        `who comes after the end must be told it, but heard ${last}, and is ${shown(listener?.end)}`,
      );
    },
  },
];

function lost({ task }: BridgeStage): CloudEvent {
  const error = new RushesError('DEADLINE', 'the deadline “heute” has passed', { task });
  return toCloudEvent({ kind: 'lost', task, error });
}

function plentyOf(stage: BridgeStage): readonly CloudEvent[] {
  const words = { providerStatus: '生成中 “x” \\ / \u2028', model: 'größe', raw: { a: [1, null, '✓'] } };
  return [
    stage.event('queued', stage.task, words),
    stage.event('in_progress', stage.task, { ...words, progress: 41.5, seconds: 5, size: '16:9' }),
    lost(stage),
    stage.event('failed', stage.ref('task_2'), { error: { code: 'E', message: 'zu spät' } }),
    stage.event('completed', stage.ref('task_3'), {
      videoUrl: 'https://cdn.example.com/v.mp4?sig=a%2Fb&x=1',
      completedAt: 1_800_000_000_001,
      raw: { text: 'x'.repeat(100_000) },
    }),
  ];
}

/** An event that is refused is `INVALID_ARGUMENT` and not sent; one that is not refused is on the bus. */
async function publishOrRefuse(stage: BridgeStage, event: CloudEvent): Promise<void> {
  const before = (await stage.stored()).length;
  const error: unknown = await stage.publish(event).then(
    () => undefined,
    (refusal: unknown) => refusal ?? 'nothing',
  );
  await stage.world.settle();
  const added = (await stage.stored()).slice(before);
  const { id } = event.data.task;
  if (error === undefined) {
    claim(added.length === 1, `an event of ${shown(id)} must be on the bus or refused, but ${added.length} are`);
    claim(idOf(added[0]?.text ?? '{}') === event.id, `the event of ${shown(id)} must be its own: ${added[0]?.text}`);
  } else {
    const isRefused = isRushesError(error) && error.code === 'INVALID_ARGUMENT' && !error.retryable;
    claim(isRefused, `an event of ${shown(id)} must be taken or INVALID_ARGUMENT, but failed with ${shown(error)}`);
    claim(added.length === 0, `what is refused must not be sent, but ${shown(added.map(({ text }) => text))} was`);
  }
}
