import { expect, it } from 'vitest';
import { bar, runner, spinner } from '../../../src/cli/board/bar.js';
import { unpainted } from '../../../src/cli/board/terminal.js';

it.each([
  [0, '────'],
  [50, '━━──'],
  [100, '━━━━'],
  [-5, '────'],
  [140, '━━━━'],
])('a bar of %d per cent', (progress, drawn) => {
  expect(bar(progress, 4, 'green', unpainted)).toBe(drawn);
});

it('a runner goes to and fro, and keeps its width', () => {
  const steps = Array.from({ length: 5 }, (_, step) => runner(step, 5, 'cyan', unpainted));
  expect(steps).toEqual(['━━━──', '─━━━─', '──━━━', '─━━━─', '━━━──']);
  expect(runner(7, 2, 'cyan', unpainted)).toBe('━━');
});

it('a spinner turns for ever', () => {
  expect(spinner(0)).toBe(spinner(10));
  expect(spinner(1)).not.toBe(spinner(0));
});
