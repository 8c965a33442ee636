import type { Operation, ProviderName, TaskInput, TaskView } from '../dialects/dialect.js';
import { stateAt, type Timeline, type TimelinePoint } from '../timeline.js';

/** A task inside the simulator, and how often it was asked for. */
export interface SimulatedTask {
  readonly provider: ProviderName;
  readonly id: string;
  readonly input: TaskInput;
  /** Simulated epoch milliseconds. */
  readonly createdAtMs: number;
  readonly timeline: Timeline;
  /** Requests for this task, faulted ones too: `create` is 1 when it came by POST, `read` counts its polls. */
  readonly counts: Readonly<Record<Operation, number>>;
  /** Whether a DELETE removed it: no request finds it any more. */
  readonly forgotten: boolean;
}

type OwnTask = { -readonly [Field in keyof SimulatedTask]: SimulatedTask[Field] } & {
  readonly counts: Record<Operation, number>;
};

/** All tasks of a simulator. */
export class TaskStore {
  readonly #tasks = new Map<string, OwnTask>();

  get all(): readonly SimulatedTask[] {
    return [...this.#tasks.values()];
  }

  add(task: Pick<SimulatedTask, 'provider' | 'id' | 'input' | 'createdAtMs' | 'timeline'>): SimulatedTask {
    const counts = { create: 0, read: 0, list: 0, delete: 0, content: 0, media: 0 };
    const added = { ...task, counts, forgotten: false };
    this.#tasks.set(keyOf(task.provider, task.id), added);
    return added;
  }

  /** Forgotten ones too. */
  find(provider: ProviderName, id: string): SimulatedTask | undefined {
    return this.#tasks.get(keyOf(provider, id));
  }

  count(provider: ProviderName, id: string, operation: Operation): void {
    const task = this.#tasks.get(keyOf(provider, id));
    if (task !== undefined) task.counts[operation]++;
  }

  forget({ provider, id }: SimulatedTask): void {
    const task = this.#tasks.get(keyOf(provider, id));
    if (task !== undefined) task.forgotten = true;
  }

  /** Ends the task now, whatever its timeline had in store. */
  cancel({ provider, id }: SimulatedTask, nowMs: number): void {
    const task = this.#tasks.get(keyOf(provider, id));
    if (task === undefined) return;
    const afterMs = nowMs - task.createdAtMs;
    task.timeline = [...task.timeline.filter((point) => point.afterMs < afterMs), { afterMs, status: 'cancelled' }];
  }
}

/** What there is to tell about a task at `nowMs`; `as` overrules what it is. */
export function viewOf(
  task: SimulatedTask,
  nowMs: number,
  linkOf: (completedAtMs: number) => string,
  as: Partial<TimelinePoint> = {},
): Omit<TaskView, 'clockAt'> {
  const state = { ...stateAt(task.timeline, nowMs - task.createdAtMs), ...as };
  const updatedAtMs = task.createdAtMs + state.afterMs;
  const view = { id: task.id, input: task.input, state, createdAtMs: task.createdAtMs, updatedAtMs, nowMs };
  if (state.status !== 'completed' || state.videoUrl === null) return view;
  return { ...view, videoUrl: state.videoUrl ?? linkOf(updatedAtMs) };
}

function keyOf(provider: ProviderName, id: string): string {
  return `${provider}/${id}`;
}
