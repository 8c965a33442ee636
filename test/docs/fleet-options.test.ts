import { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { addFleet, type Does } from '../../src/cli/fleet/fleet-program.js';
import type { Shell } from '../../src/cli/shell.js';
import { cellsOf, page } from './pages.js';

const does: Does = () => async () => undefined;
const program = new Command();
addFleet(program, does, (line) => line, {} as Shell);
const commands = program.commands.find((command) => command.name() === 'fleet')?.commands ?? [];

describe('the options of a fleet in docs/guides/command-line.md', () => {
  const text = page('docs/guides/command-line.md').split('\n## A fleet\n')[1] ?? '';
  const table = text.slice(text.search(/\| option +\| of/)).split('\n\n')[0] ?? '';
  const rows = table.split('\n').slice(2).map(cellsOf);
  const all = commands.map((command) => command.name());

  it('are those of each command', () => {
    const said = rows.flatMap(([option = '', of = '']) =>
      (of === 'all' ? all : of.split(', ')).map((command) => `${command} ${option.split(' ')[0]}`),
    );
    const real = commands.flatMap((command) => command.options.map(({ long }) => `${command.name()} ${long}`));
    expect(real.length).toBeGreaterThan(0);
    expect(said.sort()).toEqual(real.sort());
  });

  it('take a value where they are said to', () => {
    const said = rows.map(([option = '']) => `${option.split(' ')[0]} ${option.includes(' ')}`);
    const real = commands.flatMap((command) => command.options.map(({ long, required }) => `${long} ${required}`));
    expect(new Set(said)).toEqual(new Set(real));
  });
});
