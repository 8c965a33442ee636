import { checkNames, invalidArgument } from '../errors.js';
import type { CreateInput } from './create-input.js';

/** What a model takes, as its vendor documents it. What is absent here is not checked. */
export interface ModelLimits {
  /** Whole seconds within a range, or one of a list. */
  readonly seconds?: { readonly min: number; readonly max: number } | readonly number[];
  readonly resolutions?: readonly string[];
  readonly sizes?: readonly string[];
  readonly ratios?: readonly string[];
  /** `false`: the model takes text only. */
  readonly inputReference?: false;
}

/** Limits by model; `false` for a model that is not to be checked. */
export type LimitsByModel = Readonly<Record<string, ModelLimits | false>>;

const lists = { resolutions: 'resolution', sizes: 'size', ratios: 'ratio' } as const;

/**
 * A model is known by its name, or by its name without the date of a release (`-260128`). Unknown models take
 * everything.
 *
 * @throws `INVALID_ARGUMENT` naming the field, what its model takes, and what came.
 */
export function checkModelLimits(input: CreateInput, limits: LimitsByModel): void {
  const { model, seconds, inputReference } = input;
  const known = limitsOf(model, limits);
  if (!known) return;
  if (seconds !== undefined && known.seconds && !takes(known.seconds, seconds)) {
    throw invalidArgument('create.seconds', `${secondsIn(known.seconds)} for ${model}`, seconds);
  }
  for (const [list, field] of Object.entries(lists) as [keyof typeof lists, 'resolution' | 'size' | 'ratio'][]) {
    const [allowed, given] = [known[list], input[field]];
    if (given === undefined || !allowed || allowed.includes(given)) continue;
    throw invalidArgument(`create.${field}`, `${oneOf(allowed)} for ${model}`, given);
  }
  if (inputReference !== undefined && known.inputReference === false) {
    throw invalidArgument('create.inputReference', `nothing, as ${model} takes text only`, inputReference);
  }
}

/**
 * The limits of a dialect with those of a user over them; `false` for none at all.
 *
 * @throws `INVALID_ARGUMENT` naming the option, for limits that are none.
 */
export function mergeLimits(option: string, own: LimitsByModel = {}, given: unknown = {}): LimitsByModel {
  if (given === false) return {};
  if (!isRecord(given)) throw invalidArgument(option, 'limits by model, or false', given);
  for (const [model, limits] of Object.entries(given)) {
    if (limits !== false) checkIsLimits(`${option}[${JSON.stringify(model)}]`, limits);
  }
  return { ...own, ...(given as LimitsByModel) };
}

function limitsOf(model: string, limits: LimitsByModel): ModelLimits | false | undefined {
  const name = [model, model.replace(/-\d{6}$/, '')].find((each) => Object.hasOwn(limits, each));
  return name === undefined ? undefined : limits[name];
}

type Seconds = NonNullable<ModelLimits['seconds']>;

function takes(limit: Seconds, seconds: number): boolean {
  if ('min' in limit) return Number.isInteger(seconds) && seconds >= limit.min && seconds <= limit.max;
  return limit.includes(seconds);
}

function secondsIn(limit: Seconds): string {
  return 'min' in limit ? `a whole number from ${limit.min} to ${limit.max}` : oneOf(limit);
}

function oneOf(values: readonly (string | number)[]): string {
  return values.length === 1 ? `${values[0]}` : `one of ${values.join(', ')}`;
}

function checkIsLimits(option: string, limits: unknown): void {
  checkNames(option, limits, ['seconds', 'inputReference', ...Object.keys(lists)]);
  const { seconds, inputReference, ...others } = limits as Record<string, unknown>;
  const { min, max } = isRecord(seconds) ? seconds : {};
  const isRange = typeof min === 'number' && typeof max === 'number' && min <= max;
  if (seconds !== undefined && !isRange && !isListOf('number', seconds)) {
    throw invalidArgument(`${option}.seconds`, '{ min, max } or a list of numbers', seconds);
  }
  for (const [name, list] of Object.entries(others)) {
    if (list !== undefined && !isListOf('string', list)) {
      throw invalidArgument(`${option}.${name}`, 'a list of strings', list);
    }
  }
  if (inputReference !== undefined && inputReference !== false) {
    throw invalidArgument(`${option}.inputReference`, 'false, or nothing', inputReference);
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isListOf(type: 'number' | 'string', value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((each) => typeof each === type);
}
