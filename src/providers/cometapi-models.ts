import type { LimitsByModel, ModelLimits } from './model-limits.js';

const seedanceRatios = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'];

/** 480p to 1080p, and no image to start from: "the specified task_type r2v does not support model …". */
const textOnly = {
  resolutions: ['480p', '720p', '1080p'],
  ratios: seedanceRatios,
  inputReference: false,
} as const satisfies ModelLimits;

const seedance2 = {
  seconds: { min: 4, max: 15 },
  resolutions: ['480p', '720p'],
  ratios: seedanceRatios,
} as const satisfies ModelLimits;

const sora = {
  seconds: [4, 8, 12],
  sizes: ['720x1280', '1280x720', '1024x1792', '1792x1024'],
} as const satisfies ModelLimits;

/**
 * What CometAPI documents of its models' parameters, at apidoc.cometapi.com: Seedance in api/video/seedance/create (2.5
 * in the vendor's blog), Sora in api/video/sora-2/official/create-video, Wan in api/video/wan/create, Veo in its page of
 * veo3-async-generation.
 *
 * `size` of Seedance is a ratio there and pixels in the guide to webhooks, so it is not checked.
 */
export const cometapiModels: LimitsByModel = /* @__PURE__ */ Object.freeze({
  'doubao-seedance-2-0': seedance2,
  'doubao-seedance-2-0-fast': seedance2,
  'doubao-seedance-1-5-pro': { ...textOnly, seconds: { min: 4, max: 12 } },
  'doubao-seedance-1-0-pro': { ...textOnly, seconds: { min: 2, max: 10 } },
  'seedance-2-5': { ...seedance2, seconds: { min: 4, max: 30 } },
  'sora-2': sora,
  'sora-2-pro': sora,
  'wan2.6': { seconds: [5, 10, 15] },
  'wan2.7': { seconds: { min: 2, max: 15 } },
  'veo3-fast': { sizes: ['16x9', '9x16'] },
});
