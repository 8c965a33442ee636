import { describe, it } from 'vitest';
import { createClient } from '../../src/index.js';
import { law } from './law.js';

describe(`the law of a task's stream (seed ${process.env['FC_SEED']})`, () => {
  for (const { point, check } of law) it(point, () => check(createClient));
});
