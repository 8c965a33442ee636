import type { LimitsByModel } from './model-limits.js';

const ratios = ['21:9', '16:9', '4:3', '1:1', '3:4', '9:16'] as const;
const upTo720p = ['480p', '720p'] as const;
const upTo1080p = ['480p', '720p', '1080p'] as const;

const sora = {
  seconds: [4, 8, 12],
  sizes: ['720x1280', '1280x720', '1024x1792', '1792x1024'],
} as const;

/**
 * What CometAPI documents of its models' parameters, at apidoc.cometapi.com: Seedance in api/video/seedance/create (2.5
 * in the vendor's blog), Sora in api/video/sora-2/official/create-video, Wan in api/video/wan/create, Veo in its page of
 * veo3-async-generation. Seedance 1 takes no image to start from: "the specified task_type r2v does not support model …".
 *
 * `size` of Seedance is a ratio there and pixels in the guide to webhooks, so it is not checked.
 */
export const cometapiModels: LimitsByModel = {
  'doubao-seedance-2-0': { seconds: { min: 4, max: 15 }, resolutions: upTo720p, ratios },
  'doubao-seedance-2-0-fast': { seconds: { min: 4, max: 15 }, resolutions: upTo720p, ratios },
  'doubao-seedance-1-5-pro': {
    seconds: { min: 4, max: 12 },
    resolutions: upTo1080p,
    ratios,
    inputReference: false,
  },
  'doubao-seedance-1-0-pro': {
    seconds: { min: 2, max: 10 },
    resolutions: upTo1080p,
    ratios,
    inputReference: false,
  },
  'seedance-2-5': { seconds: { min: 4, max: 30 }, resolutions: upTo720p, ratios },
  'sora-2': sora,
  'sora-2-pro': sora,
  'wan2.6': { seconds: [5, 10, 15] },
  'wan2.7': { seconds: { min: 2, max: 15 } },
  'veo3-fast': { sizes: ['16x9', '9x16'] },
};
