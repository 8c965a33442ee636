import { brokenInAsking, brokenOfThemselves } from './providers-asking.js';
import type { BrokenProvider } from './providers-breaking.js';
import { brokenByHostility } from './providers-hostile.js';
import { brokenInReading } from './providers-reading.js';
import { brokenInCreating, brokenInRefusals } from './providers-refused.js';

/** Providers that each break one rule, in a way that people really do. */
export const brokenProviders: readonly BrokenProvider[] = [
  ...brokenOfThemselves,
  ...brokenInAsking,
  ...brokenInReading,
  ...brokenInRefusals,
  ...brokenInCreating,
  ...brokenByHostility,
];
