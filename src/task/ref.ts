/**
 * The JSON handle of one remote task: whoever holds it can watch or read the task again.
 *
 * @example
 * ```ts
 * const ref: TaskRef = { provider: 'cometapi', id: 'task_abc123' };
 * ```
 */
export interface TaskRef {
  /** The `name` of the provider that runs the task, unique within a client. */
  readonly provider: string;
  /** The provider's own id: 1-512 well-formed characters, no control characters, not `.` or `..`. */
  readonly id: string;
}

const MAX_ID_LENGTH = 512;

/** What is wrong with `id` as a task id, in words that follow "expected"; `undefined` when it is one. */
export function idProblem(id: unknown): string | undefined {
  if (typeof id !== 'string') return 'a string';
  if (id.length === 0 || id.length > MAX_ID_LENGTH) return `1-${MAX_ID_LENGTH} characters`;
  if (id === '.' || id === '..') return 'an id that is not "." or "..", which would walk the path';
  if (hasControlCharacter(id)) return 'no control characters';
  if (!isWellFormed(id)) return 'well-formed text, without lone surrogates';
  return undefined;
}

/** What is wrong with `name` as a provider's name, in words that follow "expected"; `undefined` when it is one. */
export function providerNameProblem(name: unknown): string | undefined {
  return typeof name === 'string' && /^[a-z0-9-]{1,64}$/.test(name) ? undefined : '1-64 characters of a-z, 0-9 and "-"';
}

/** The identity of a task as one string: equal for equal refs, different for different ones. */
export function taskKey(ref: TaskRef): string {
  return `${ref.provider}/${ref.id}`;
}

/** Whether both refs name the same task. */
export function isSameTask(a: TaskRef, b: TaskRef): boolean {
  return a.provider === b.provider && a.id === b.id;
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}

/** `String.prototype.isWellFormed` is younger than some browsers we run in. */
function isWellFormed(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0xd800 || code > 0xdfff) continue;
    const next = text.charCodeAt(i + 1);
    if (code > 0xdbff || !(next >= 0xdc00 && next <= 0xdfff)) return false;
    i++;
  }
  return true;
}
