import { idProblem, providerNameProblem, type TaskRef } from '../task/ref.js';

/** `value` as a task's handle; `undefined` when it is none. */
export function toldTask(value: unknown): TaskRef | undefined {
  const { provider, id } = Object(value) as Partial<TaskRef>;
  if (providerNameProblem(provider) !== undefined || idProblem(id) !== undefined) return undefined;
  return Object.freeze({ provider: provider as string, id: id as string });
}
