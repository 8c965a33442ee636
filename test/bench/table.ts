import type { Figure } from './figure.js';

const heads = ['', 'what', 'against', 'measured', 'goal', 'stretch', ''] as const;
const numeric: ReadonlySet<number> = new Set([3, 4, 5]);

/** The figures as a table of plain text. */
export function tableOf(figures: readonly Figure[]): string {
  const rows = [heads, ...figures.map(cells)];
  const widths = heads.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const line = (row: readonly string[]) =>
    `  ${row.map((cell, i) => (numeric.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0))).join('  ')}`.trimEnd();
  const rule = `  ${widths.map((width) => '─'.repeat(width)).join('  ')}`;
  return [line(heads), rule, ...rows.slice(1).map(line)].join('\n');
}

function cells({ metric, what, against, measured, goal, stretch, unit }: Figure): readonly string[] {
  const shown = (value: number | undefined) => (value === undefined ? '' : value.toFixed(unit === 'KB' ? 1 : 2));
  const limit = (value: number | undefined) => (value === undefined ? '' : `≤ ${Number(value.toFixed(3))}`);
  return [metric, what, against, `${shown(measured)}${unit ? ` ${unit}` : ''}`, limit(goal), limit(stretch), verdict()];

  function verdict(): string {
    if (goal === undefined) return '';
    if (!(measured <= goal)) return '✗ not met';
    return stretch !== undefined && measured <= stretch ? '✓ met, stretch too' : '✓ met';
  }
}
