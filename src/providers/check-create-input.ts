import { checkNames, invalidArgument } from '../errors.js';
import type { CreateInput } from './create-input.js';

const fields: readonly string[] = [
  'model',
  'prompt',
  'seconds',
  'size',
  'resolution',
  'ratio',
  'inputReference',
  'extra',
] satisfies (keyof CreateInput)[];

/** As they go over the wire: a second one in `extra` would be sent in place of what was checked. */
const ownNames: ReadonlySet<string> = new Set([...fields, 'input_reference']);

/** The least that every API asks of a create. @throws `INVALID_ARGUMENT` naming the field, such as `create.model`. */
export function checkCreateInput(input: CreateInput): void {
  const given: Partial<CreateInput> = Object(input);
  const need = (field: keyof CreateInput, isGood: boolean, expected: string) => {
    if (!isGood) throw invalidArgument(`create.${field}`, expected, given[field]);
  };
  const { seconds = 1, inputReference, extra = {} } = given;
  for (const field of ['model', 'prompt'] as const) {
    const text: unknown = given[field];
    need(field, typeof text === 'string' && text.trim() !== '', 'a non-empty string');
  }
  checkNames('create', given, fields);
  for (const field of ['size', 'resolution', 'ratio'] as const) {
    need(field, given[field] === undefined || typeof given[field] === 'string', 'a string');
  }
  need('seconds', Number.isFinite(seconds) && seconds > 0, 'a finite number above 0');
  need('inputReference', inputReference === undefined || isBlob(inputReference), 'a Blob');
  need('extra', typeof extra === 'object' && extra !== null && !Array.isArray(extra), 'an object of further fields');
  const repeated = Object.keys(extra).find((name) => ownNames.has(name));
  if (repeated !== undefined) throw invalidArgument('create.extra', 'no field that an input has by itself', repeated);
}

/** Whether `value` is a Blob of whichever realm or polyfill. */
export function isBlob(value: unknown): value is Blob {
  return typeof value === 'object' && value !== null && typeof (value as Blob).arrayBuffer === 'function';
}
