import type { TaskRef } from '../../task/ref.js';
import type { Snapshot } from '../../task/snapshot.js';
import { snapshotOf } from '../marbles.js';
import type { SourceWorld } from './source-manifest.js';

/** A subscriber and what it was told. */
export interface Listener {
  readonly heard: Snapshot[];
  readonly end: 'complete' | { readonly error: unknown } | undefined;
  leave(): void;
}

/** A world with somebody to listen to it. */
export class SourceStage {
  readonly task: TaskRef;

  constructor(
    readonly world: SourceWorld,
    readonly provider: string,
  ) {
    this.task = this.ref('task_1');
  }

  ref(id: string): TaskRef {
    return { provider: this.provider, id };
  }

  async listen(task = this.task): Promise<Listener> {
    const heard: Snapshot[] = [];
    let end: Listener['end'];
    const subscription = this.world.source(task).subscribe({
      next: (snapshot) => heard.push(snapshot),
      error: (error: unknown) => {
        end = { error };
      },
      complete: () => {
        end = 'complete';
      },
    });
    await this.world.settle();
    return {
      heard,
      get end() {
        return end;
      },
      leave: () => subscription.unsubscribe(),
    };
  }

  /** Has the world say the same of each of `tasks`. */
  async say(status: Snapshot['status'], ...tasks: readonly TaskRef[]): Promise<void> {
    for (const task of tasks.length > 0 ? tasks : [this.task]) await this.world.say(snapshotOf(status, { task }));
    await this.world.settle();
  }
}
