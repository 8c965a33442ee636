import type { TaskState } from '../timeline.js';

/** The default name of a provider, which is also where the simulator mounts its API. */
export type ProviderName = 'cometapi' | 'infinity-blue' | 'ark' | 'openai-compatible';

/** What a request asks for. */
export type Operation = 'create' | 'read' | 'list' | 'delete' | 'content' | 'media';

/** What was ordered with a POST, as far as answers depend on it. */
export interface TaskInput {
  readonly model: string;
  readonly prompt: string;
  /** As the vendor's field has it, such as `5`. */
  readonly seconds?: string;
  readonly size?: string;
  readonly resolution?: string;
  readonly ratio?: string;
}

/** A task at the moment of an answer: all that a dialect may tell. Times are simulated epoch milliseconds. */
export interface TaskView {
  readonly id: string;
  readonly input: TaskInput;
  readonly state: TaskState;
  readonly createdAtMs: number;
  /** When its status or progress last changed. */
  readonly updatedAtMs: number;
  /** When this answer is given. */
  readonly nowMs: number;
  /** What the clock of whoever asks shows at a simulated time: what is told is never later than it is there. */
  readonly clockAt: (simulatedMs: number) => number;
  /** Only of a completed task. */
  readonly videoUrl?: string;
}

/** Why a request is refused. */
export type Problem = 'unauthorized' | 'not-found' | 'wrong-url' | 'rate-limited' | 'server-error';

/** A request that is refused, as far as answers depend on it. */
export interface Refusal {
  readonly problem: Problem;
  readonly operation?: Operation;
  readonly id?: string;
  readonly method: string;
  /** Below the base URL. */
  readonly path: string;
  readonly requestId: string;
  /** The HTTP status of a `server-error`. @defaultValue 500 */
  readonly status?: number;
}

/** What a vendor's API says: the words, bodies and refusals of its documents, without any state of its own. */
export interface Dialect {
  readonly provider: ProviderName;
  /** Below the base URL: POSTed to for a new task, with an id behind it for an old one. */
  readonly collection: string;
  /** What this API offers; the rest is a wrong URL. */
  readonly offers: readonly Operation[];
  /** A new id in the vendor's manner. */
  newId(random: () => number, nowMs: number): string;
  /** What a task is taken to have been ordered with when nobody says. */
  readonly usualInput: TaskInput;
  /** Reads and checks a POST; a `Response` refuses it. */
  accept(request: Request, requestId: string): Promise<TaskInput | Response>;
  /** The body that answers a POST. */
  created(view: TaskView): Json;
  /** The body that answers a GET. */
  show(view: TaskView): Json;
  /** The refusal of a GET for the bytes; `undefined` when they may be served. */
  withhold?(view: TaskView): Response | undefined;
  /** The answer to a GET of the collection. */
  list?(views: readonly TaskView[], query: URLSearchParams): Response;
  /** What a DELETE does; a `Response` refuses it. */
  remove?(view: TaskView, requestId: string): Removal | Response;
  /** Whether the task is too old to be found. */
  forgets?(view: TaskView): boolean;
  refuse(refusal: Refusal): Response;
  /** Headers of every answer. */
  headers(requestId: string): Readonly<Record<string, string>>;
}

/** What a DELETE does to a task, and the body that says so. */
export interface Removal {
  readonly effect: 'cancel' | 'forget';
  readonly body: Json;
}

/** A JSON object in the making; `undefined` fields are left out on the wire. */
export type Json = Readonly<Record<string, unknown>>;

/** Epoch milliseconds as the whole seconds that most vendors send. */
export function inSeconds(epochMs: number): number {
  return Math.floor(epochMs / 1_000);
}

/** Whether the task has ended, in the words of the domain. */
export function hasEnded({ state }: TaskView): boolean {
  return !['queued', 'in_progress', 'unknown'].includes(state.status);
}

/** Why the task failed: the script's word, or a moderation verdict; `undefined` when it did not or will not say. */
export function reasonOf(view: TaskView): { code?: string; message: string } | undefined {
  const { status, error } = view.state;
  if (error === null || !hasEnded(view) || status === 'completed') return undefined;
  return error ?? MODERATED;
}

const MODERATED = {
  code: 'OutputVideoSensitiveContentDetected',
  message: 'The request failed because the output video may contain sensitive information.',
};
