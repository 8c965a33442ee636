import { isTerminal } from '../../task/snapshot.js';
import { claim, shown } from './claim.js';
import { oddityOf } from './soundness.js';
import type { SourceConformanceOptions } from './source-manifest.js';
import type { Listener, SourceStage } from './source-stage.js';

const strangeIds = ['*', '>', 'a.b', 'a.>', 'a/b', '#', '+', ' ', '$SYS', 'ö', 'A', 'a', 'a:b', '%2e', 'x'.repeat(100)];
const told = ({ heard }: Listener) => heard.map(({ status }) => status).join(' ');

/** What every source of snapshots must do. */
export const sourceChecks: readonly {
  readonly name: string;
  readonly needs?: keyof SourceConformanceOptions['supports'];
  check(stage: SourceStage): Promise<void>;
}[] = [
  {
    name: 'what is said arrives, in order',
    async check(stage) {
      const listener = await stage.listen();
      for (const status of ['queued', 'in_progress', 'queued', 'completed'] as const) await stage.say(status);
      const news = told(listener).replace(/\b(\w+)(?: \1\b)+/g, '$1');
      claim(news === 'queued in_progress queued completed', `all news must arrive, in order, but ${shown(news)} did`);
    },
  },
  {
    name: 'it completes after a terminal snapshot, and a failure is one',
    async check(stage) {
      for (const status of ['completed', 'failed', 'error', 'cancelled', 'expired'] as const) {
        const task = stage.ref(`task_${status}`);
        const listener = await stage.listen(task);
        await stage.say(status, task);
        await stage.say('in_progress', task);
        const after = told(listener).split(status)[1];
        claim(
          after === '',
          `${status} must be told once, and be the last news, but heard was ${shown(told(listener))}`,
        );
        claim(listener.end === 'complete', `a source must complete after ${status}, but is ${shown(listener.end)}`);
      }
    },
  },
  {
    name: 'it tells only of the task that was asked for',
    async check(stage) {
      for (const id of strangeIds) {
        const listener = await stage.listen(stage.ref(id));
        const others = [...strangeIds, `${id}.x`, `${id}x`].filter((other) => other !== id);
        await stage.say('in_progress', ...others.map((other) => stage.ref(other)));
        listener.leave();
        const stranger = listener.heard.find(({ task }) => task.id !== id || task.provider !== stage.provider);
        claim(stranger === undefined, `who asks for ${shown(id)} must not be told of ${shown(stranger?.task)}`);
      }
    },
  },
  {
    name: 'it takes every id for what it is',
    async check(stage) {
      for (const id of strangeIds) {
        const listener = await stage.listen(stage.ref(id));
        await stage.say('completed', stage.ref(id));
        claim(
          told(listener).endsWith('completed'),
          `news of ${shown(id)} must arrive, but ${shown(told(listener))} did`,
        );
      }
    },
  },
  {
    name: 'news is frozen plain JSON',
    async check(stage) {
      const listener = await stage.listen();
      for (const status of ['unknown', 'failed'] as const) await stage.say(status);
      claim(listener.heard.some(isTerminal), `a failure must arrive, but ${shown(told(listener))} did`);
      for (const snapshot of listener.heard) {
        const operation = { kind: 'read', task: stage.task } as const;
        const oddity = oddityOf({ kind: 'snapshot', snapshot, body: undefined }, operation);
        claim(oddity === undefined, `news must be sound, but it ${oddity}: ${shown(snapshot)}`);
        claim(Object.isFrozen(snapshot), `news must be frozen, but is not: ${shown(snapshot)}`);
      }
    },
  },
  {
    name: 'who leaves is told no more, and leaves nothing behind',
    async check(stage) {
      const listener = await stage.listen();
      await stage.say('queued');
      listener.leave();
      await stage.world.settle();
      const busy = stage.world.busy?.() ?? 0;
      claim(busy === 0, `nothing must be left running when the last has left, but ${busy} is`);
      const before = told(listener);
      await stage.say('completed');
      claim(told(listener) === before, `who has left must not be told, but was: ${shown(told(listener))}`);
    },
  },
  {
    name: 'who leaves takes nothing from the others',
    async check(stage) {
      const [first, second] = [await stage.listen(), await stage.listen()];
      await stage.say('queued');
      first.leave();
      await stage.say('completed');
      claim(told(second).endsWith('completed'), `who stays must be told, but heard ${shown(told(second))}`);
    },
  },
  {
    name: 'nothing is left running after the end',
    async check(stage) {
      await stage.listen();
      await stage.say('completed');
      const busy = stage.world.busy?.() ?? 0;
      claim(busy === 0, `nothing must be left running after a terminal snapshot, but ${busy} is`);
    },
  },
  {
    name: 'who comes late is told how the task stands',
    needs: 'late',
    async check(stage) {
      await stage.say('in_progress');
      const live = await stage.listen();
      claim(
        told(live).endsWith('in_progress'),
        `who comes late must be told in_progress, but heard ${shown(told(live))}`,
      );
      live.leave();
      await stage.say('completed');
      const ended = await stage.listen();
      claim(
        told(ended).endsWith('completed'),
        `who comes last must be told completed, but heard ${shown(told(ended))}`,
      );
    },
  },
];
