import type { TaskRef } from '../../task/ref.js';
import type { BridgeChapter } from './bridge-checks.js';
import { type BridgeStage, newsOf } from './bridge-stage.js';
import { claim, shown } from './claim.js';

/** What every bridge must do when others with access mean harm. */
export const poisonChecks: readonly BridgeChapter[] = [
  {
    name: 'poison between good news changes nothing',
    async check(stage) {
      const listener = await stage.listen();
      const [first, ...others] = poisonOf(stage);
      await spoil(stage, stage.task, first);
      await stage.publish(stage.event('queued'));
      for (const poison of others) await spoil(stage, stage.task, poison);
      await stage.publish(stage.event('in_progress'));
      for (const poison of others) await spoil(stage, stage.task, poison);
      await stage.publish(stage.event('completed'));
      await stage.world.settle();
      const news = listener && newsOf(listener);
      claim(
        news === undefined || (news === 'queued in_progress completed' && listener?.end === 'complete'),
        `good news must arrive whatever lies between, but ${shown(news)} did, and the source is ${shown(listener?.end)}`,
      );
      const good = (['queued', 'in_progress', 'completed'] as const).map((status) => stage.event(status));
      await stage.claimStored(stage.task, good, 'good news must be stored whatever lies between');
    },
  },
  {
    name: 'news of a task that comes by the address of another is not believed',
    needs: 'addresses',
    async check(stage) {
      const victim = stage.ref('task_2');
      const [listener, watchful] = [await stage.listen(), await stage.listen(victim)];
      const forged = stage.event('completed', victim, { videoUrl: 'https://evil.example/v.mp4' });
      await spoil(stage, stage.task, JSON.stringify(forged));
      await stage.publish(stage.event('queued', victim), stage.event('queued'));
      await stage.world.settle();
      for (const [who, heard] of Object.entries({ 'its own task': listener, 'the other task': watchful })) {
        claim(
          heard === undefined || (newsOf(heard) === 'queued' && heard.end === undefined),
          `who listens to ${who} must hear queued alone, but heard ${shown(heard?.heard)}`,
        );
      }
    },
  },
];

async function spoil({ world }: BridgeStage, task: TaskRef, body: string | Uint8Array = ''): Promise<void> {
  await world.inject?.(task, typeof body === 'string' ? new TextEncoder().encode(body) : body);
}

/** Bodies that nothing is told by, though some look as if. */
function poisonOf(stage: BridgeStage): readonly (string | Uint8Array)[] {
  const end = stage.event('completed');
  const other = stage.event('completed', stage.ref('task_2'));
  const forged = [
    { ...end, specversion: '0.3' },
    { ...end, id: '' },
    { ...end, source: 'another' },
    { ...end, subject: 'task_2' },
    { ...end, type: 'rushes.task.failed' },
    { ...end, subject: other.subject, source: other.source },
    { ...end, data: other.data },
    { ...end, data: undefined },
    { ...end, data: { ...end.data, task: stage.ref('task_2') } },
    { ...end, padding: 'x'.repeat(300_000) },
    other,
  ];
  return [
    'not JSON',
    new Uint8Array([0xff, 0xfe, 0x00]),
    'null',
    '[]',
    `${'['.repeat(100_000)}${']'.repeat(100_000)}`,
    `{"specversion":"1.0","__proto__":${JSON.stringify(end)}}`,
    ...forged.map((event) => JSON.stringify(event)),
  ];
}
