import type { Standing } from './standing.js';

/** A shape for each way to stand, in 16 by 16: none is told by its colour alone. */
export const shapes: Readonly<Record<Standing, readonly string[]>> = {
  queued: ['M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 1 0 0-11', 'M8 5v3.2l2 1.3'],
  running: ['M4.5 2.8v10.4l8.5-5.2z'],
  done: ['M2.5 8.6l3.8 3.9l7.2-9'],
  failed: ['M3.2 3.2l9.6 9.6', 'M12.8 3.2l-9.6 9.6'],
  lost: ['M5.2 6a2.8 2.8 0 1 1 4.2 2.4c-1 .6-1.4 1.1-1.4 2', 'M8 13.2v.1'],
};

/** A cross of a grease pencil, in 160 by 90. */
export const cross: readonly string[] = [
  'M41 14c9 9 21 18 35 28c15 11 31 23 44 33',
  'M44 15c13 13 33 26 74 58',
  'M121 12c-12 10-27 21-41 33c-13 11-27 22-39 31',
  'M119 15c-21 19-48 39-75 60',
];

/** A question mark of a grease pencil, in 160 by 90. */
export const question: readonly string[] = [
  'M63 30c1-12 10-17 19-16c11 1 17 10 14 19c-3 9-15 11-16 23',
  'M65 29c2-9 9-13 17-12c9 1 14 8 11 15c-3 8-14 12-14 23',
  'M79 72.5c1.5 0 1.5 1 .5 1.5',
];
