import { expect, it } from 'vitest';
import { painted, terminalOf, unpainted } from '../../../src/cli/board/terminal.js';

const screen = { isTTY: true, columns: 80, rows: 24 };

it.each([
  ['a terminal', screen, {}, true, true],
  ['a pipe', {}, {}, false, false],
  ['NO_COLOR', screen, { NO_COLOR: '1' }, true, false],
  ['an empty NO_COLOR', screen, { NO_COLOR: '' }, true, true],
  ['CI', screen, { CI: 'true' }, false, true],
  ['a dumb terminal', screen, { TERM: 'dumb' }, false, false],
])('%s', (_, output, env, isLive, isPainted) => {
  const terminal = terminalOf(output, env);
  expect([terminal.isLive, terminal.paint === painted]).toEqual([isLive, isPainted]);
});

it('has columns without end in a pipe, and leaves the last one of a terminal free', () => {
  expect(terminalOf({}, {}).columns).toBe(Number.POSITIVE_INFINITY);
  expect(terminalOf(screen, {}).columns).toBe(79);
  expect(terminalOf({ isTTY: true, columns: 0 }, {}).columns).toBe(79);
});

it('paints although the tests run in no terminal', () => {
  expect(painted('green', 'ok')).toBe('\x1b[32mok\x1b[39m');
  expect(unpainted('green', 'ok')).toBe('ok');
});
