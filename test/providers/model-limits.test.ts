import { describe, expect, it } from 'vitest';
import { ark } from '../../src/providers/ark.js';
import { cometapi } from '../../src/providers/cometapi.js';
import type { CreateInput } from '../../src/providers/create-input.js';
import { infinityBlue } from '../../src/providers/infinity-blue.js';
import type { LimitsByModel } from '../../src/providers/model-limits.js';
import { openaiCompatible } from '../../src/providers/openai-compatible.js';
import type { Provider } from '../../src/providers/provider.js';

const apiKey = 'k';
const image = new Blob(['png'], { type: 'image/png' });
const comet = cometapi({ apiKey });
const blue = infinityBlue({ apiKey });

/** What a create is refused with, or `'asked'`. */
function asking(provider: Provider, model: string, input: Partial<CreateInput>): string {
  try {
    provider.ask({ kind: 'create', input: { model, prompt: 'a paper boat', ...input } });
    return 'asked';
  } catch (error) {
    const { code, message } = error as { code: string; message: string };
    return code === 'INVALID_ARGUMENT' ? message : code;
  }
}

describe('the limits of a model', () => {
  it.each<[string, number[], number[], string]>([
    ['doubao-seedance-2-0', [4, 5, 15], [1, 3, 4.5, 16], 'a whole number from 4 to 15'],
    ['doubao-seedance-2-0-fast', [4, 15], [3, 16], 'a whole number from 4 to 15'],
    ['doubao-seedance-2-0-260128', [4, 15], [3, 16], 'a whole number from 4 to 15'],
    ['doubao-seedance-1-5-pro', [4, 12], [3, 13], 'a whole number from 4 to 12'],
    ['doubao-seedance-1-0-pro', [2, 10], [1, 11], 'a whole number from 2 to 10'],
    ['seedance-2-5', [4, 30], [3, 31], 'a whole number from 4 to 30'],
    ['sora-2', [4, 8, 12], [5, 16], 'one of 4, 8, 12'],
    ['sora-2-pro', [4, 8, 12], [5, 16], 'one of 4, 8, 12'],
    ['wan2.6', [5, 10, 15], [2, 6], 'one of 5, 10, 15'],
    ['wan2.7', [2, 9, 15], [1, 16, 2.5], 'a whole number from 2 to 15'],
  ])('of CometAPI: %s makes videos of %j seconds, not of %j', (model, good, bad, expected) => {
    for (const seconds of good) expect(asking(comet, model, { seconds })).toBe('asked');
    for (const seconds of bad) {
      expect(asking(comet, model, { seconds })).toBe(
        `create.seconds: expected ${expected} for ${model}, received ${seconds}`,
      );
    }
  });

  it.each<[Provider, string, Partial<CreateInput>, string]>([
    [comet, 'doubao-seedance-2-0', { resolution: '1080p' }, 'resolution: expected one of 480p, 720p'],
    [comet, 'doubao-seedance-2-0', { ratio: '2:1' }, 'ratio: expected one of 21:9, 16:9, 4:3, 1:1, 3:4, 9:16'],
    [comet, 'doubao-seedance-1-5-pro', { resolution: '4k' }, 'resolution: expected one of 480p, 720p, 1080p'],
    [
      comet,
      'sora-2',
      { size: '1920x1080' },
      'size: expected one of 720x1280, 1280x720, 1024x1792, 1792x1024 for sora-2, received "1920x1080"',
    ],
    [comet, 'veo3-fast', { size: '16:9' }, 'size: expected one of 16x9, 9x16'],
    [comet, 'doubao-seedance-1-5-pro', { inputReference: image }, 'inputReference: expected nothing, as'],
    [comet, 'doubao-seedance-1-0-pro-250528', { inputReference: image }, 'inputReference: expected nothing, as'],
    [blue, 'doubao-seedance-2-0-260128', { resolution: '4k' }, 'resolution: expected one of 480p, 720p, 1080p'],
    [blue, 'doubao-seedance-2-0-fast-260128', { resolution: '4k' }, 'resolution: expected one of 480p, 720p, 1080p'],
  ])('are checked before anything is sent (%#)', (provider, model, input, message) => {
    const refused = asking(provider, model, input);
    expect(refused).toContain(`create.${message}`);
    expect(refused).toContain(model);
  });

  it.each<[Provider, string, Partial<CreateInput>]>([
    [comet, 'doubao-seedance-2-0', { inputReference: image, size: '1280x720' }],
    [comet, 'doubao-seedance-2-0', { size: '21:9', resolution: '480p' }],
    [comet, 'omni-fast', { seconds: 90, resolution: '1080p' }],
    [comet, 'sora-2-like', { seconds: 5, size: '1x1' }],
    [comet, 'my-doubao-seedance-2-0', { seconds: 99 }],
    [comet, 'doubao-seedance-2-0-2601', { seconds: 99 }],
    [comet, 'constructor', { seconds: 99 }],
    [comet, '__proto__', { seconds: 99 }],
    [blue, 'doubao-seedance-2-0-260128', { seconds: 99 }],
    [ark({ apiKey }), 'doubao-seedance-2-0-260128', { seconds: 99, resolution: '8k' }],
    [openaiCompatible({ apiKey, baseUrl: 'https://gateway.test' }), 'sora-2', { seconds: 5, size: '1x1' }],
  ])('leave alone what nobody documents (%#)', (provider, model, input) => {
    expect(asking(provider, model, input)).toBe('asked');
  });
});

describe('the option limits', () => {
  const limited = (limits: LimitsByModel | false) => cometapi({ apiKey, limits });

  it('replaces those of a model, or none', () => {
    const provider = limited({ 'doubao-seedance-2-0': { seconds: { min: 4, max: 60 } } });
    expect(asking(provider, 'doubao-seedance-2-0', { seconds: 60, resolution: '4k' })).toBe('asked');
    expect(asking(provider, 'doubao-seedance-2-0', { seconds: 61 })).toContain('a whole number from 4 to 60');
    expect(asking(provider, 'sora-2', { seconds: 5 })).toContain('one of 4, 8, 12');
  });

  it('takes the checks from a model, or from all', () => {
    expect(asking(limited({ 'sora-2': false }), 'sora-2', { seconds: 5 })).toBe('asked');
    expect(asking(limited({ 'sora-2': false }), 'sora-2-pro', { seconds: 5 })).not.toBe('asked');
    expect(asking(limited(false), 'sora-2', { seconds: 5, size: '1x1' })).toBe('asked');
  });

  it('prefers a release that is named to the model that it is of', () => {
    const provider = limited({ 'doubao-seedance-2-0-260128': { resolutions: ['1080p'] } });
    expect(asking(provider, 'doubao-seedance-2-0-260128', { seconds: 60 })).toBe('asked');
    expect(asking(provider, 'doubao-seedance-2-0-260128', { resolution: '720p' })).toContain('expected 1080p for');
    expect(asking(provider, 'doubao-seedance-2-0', { seconds: 60 })).toContain('from 4 to 15');
  });

  it('knows models that we do not, at any provider', () => {
    const provider = ark({ apiKey, limits: { 'ep-1': { inputReference: false, seconds: [1] } } });
    expect(asking(provider, 'ep-1', { seconds: 2 })).toContain('expected 1 for ep-1, received 2');
  });

  it.each<[unknown, string]>([
    [true, 'cometapi.limits: expected limits by model, or false, received true'],
    [[], 'cometapi.limits: expected limits by model, or false, received an array'],
    [{ m: null }, 'cometapi.limits["m"]: expected an object, received null'],
    [{ m: true }, 'cometapi.limits["m"]: expected an object, received true'],
    [{ m: { second: [1] } }, 'cometapi.limits["m"]: expected no other options than seconds, inputReference'],
    [{ m: { seconds: { min: 1 } } }, 'cometapi.limits["m"].seconds: expected { min, max } or a list of numbers'],
    [{ m: { seconds: ['4'] } }, 'cometapi.limits["m"].seconds: expected { min, max } or a list of numbers'],
    [{ m: { sizes: '1x1' } }, 'cometapi.limits["m"].sizes: expected a list of strings'],
    [{ m: { inputReference: true } }, 'cometapi.limits["m"].inputReference: expected false, or nothing'],
  ])('is checked at the call: %j', (limits, message) => {
    expect(() => limited(limits as LimitsByModel)).toThrow(message);
    expect(() => limited(limits as LimitsByModel)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });
});
