import { type ArkError, invalidParameter } from './ark-error.js';

interface ModelRules {
  readonly models: RegExp;
  readonly seconds?: readonly [least: number, most: number] | ReadonlySet<number>;
  readonly resolutions?: readonly string[];
  readonly sizes?: readonly string[];
  /** Whether a file may be given to start from. */
  readonly takesReference?: false;
}

const RATIOS = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'];
const SORA_SIZES = ['720x1280', '1280x720', '1024x1792', '1792x1024'];

/** CometAPI's table of models, as far as its documents give limits; a model that is not in it has none here. */
const table: readonly ModelRules[] = [
  { models: /^doubao-seedance-2-0(-fast)?(-\d{6})?$/, seconds: [4, 15], resolutions: ['480p', '720p'], sizes: RATIOS },
  { models: /^(doubao-)?seedance-2-5/, seconds: [4, 30], resolutions: ['480p', '720p'], sizes: RATIOS },
  {
    models: /^doubao-seedance-1-5-pro/,
    seconds: [4, 12],
    resolutions: ['480p', '720p', '1080p'],
    sizes: RATIOS,
    takesReference: false,
  },
  {
    models: /^doubao-seedance-1-0-pro/,
    seconds: [2, 10],
    resolutions: ['480p', '720p', '1080p'],
    sizes: RATIOS,
    takesReference: false,
  },
  { models: /^sora-2(-pro)?$/, seconds: new Set([4, 8, 12]), sizes: SORA_SIZES },
  { models: /^wan2\.6/, seconds: new Set([5, 10, 15]) },
  { models: /^wan2\.7/, seconds: [2, 15] },
];

/** What is wrong with an order, in Ark's words, which CometAPI passes through; `undefined` when nothing is. */
export function orderProblem(order: ReadonlyMap<string, string>, hasReference: boolean): ArkError | undefined {
  const model = order.get('model') ?? '';
  const rules = table.find(({ models }) => models.test(model));
  if (rules === undefined) return undefined;
  const { seconds, size, resolution } = Object.fromEntries(order);
  if (seconds !== undefined && !takes(rules.seconds, seconds)) {
    return invalidParameter('duration', `duration ${seconds} is not supported by model ${model}`);
  }
  if (resolution !== undefined && rules.resolutions?.includes(resolution) === false) {
    return invalidParameter('resolution', `resolution ${resolution} is not supported by model ${model}`);
  }
  // A later guide gives pixels where the first one gives a ratio, so both are documented.
  if (
    size !== undefined &&
    rules.sizes?.includes(size) === false &&
    (rules.sizes === SORA_SIZES || !/^\d+x\d+$/.test(size))
  ) {
    return invalidParameter('size', `size ${size} is not supported by model ${model}`);
  }
  if (hasReference && rules.takesReference === false) {
    const name = model.replace(/^doubao-/, '').replace(/-\d{6}$/, '');
    return invalidParameter('task_type', `the specified task_type r2v does not support model ${name}`);
  }
  return undefined;
}

function takes(seconds: ModelRules['seconds'], given: string): boolean {
  const value = Number(given);
  if (given.trim() === '' || !Number.isInteger(value)) return false;
  if (seconds === undefined) return true;
  return Array.isArray(seconds)
    ? value >= seconds[0] && value <= seconds[1]
    : (seconds as ReadonlySet<number>).has(value);
}
