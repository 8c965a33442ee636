import type { FleetStatus } from '../../fleet/index.js';
import { cut } from '../board/cells.js';
import type { Terminal } from '../board/terminal.js';
import { differenceLine } from './difference-line.js';
import { counted } from './figures-line.js';

const LABEL_CELLS = 10;
const VALUE_CELLS = 10;

/** How a fleet stands, for people. */
export function statusCard(name: string, status: FleetStatus, terminal: Pick<Terminal, 'columns' | 'paint'>): string[] {
  const { columns, paint } = terminal;
  const { live, waiting, unclaimed, events, pollsPerSecond, lateMs, lost, workers, differences, alerts } = status;
  const row = (label: string, value: string, meaning: string) =>
    `  ${label.padEnd(LABEL_CELLS)}${value.padStart(VALUE_CELLS)}  ${paint('dim', cut(meaning, columns - LABEL_CELLS - VALUE_CELLS - 4))}`;
  const list = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', paint('yellow', title), ...lines.map((line) => `  ${cut(line, columns - 2)}`)];
  return [
    `${paint('bold', `fleet ${name}`)}`,
    '',
    row('live', counted(live), 'tasks that are watched'),
    row('waiting', counted(waiting), 'of those, not asked about yet'),
    ...(unclaimed > 0 ? [row('unclaimed', counted(unclaimed), 'messages that are handed to nobody')] : []),
    row('polls/s', counted(pollsPerSecond), 'of all workers'),
    row(
      'late',
      `${counted(lateMs.p50)} ms`,
      `how late turns come, half of them at most; 99% at most ${counted(lateMs.p99)} ms`,
    ),
    row('lost', counted(lost), 'since these workers began'),
    row('events', counted(events), 'news that is kept'),
    row('workers', counted(workers.length), 'that answer'),
    ...workers.map((worker) => `    ${cut(workerLine(worker), columns - 4)}`),
    ...list('Not as it should be:', differences.map(differenceLine)),
    ...list('Look at this:', alerts),
  ];
}

function workerLine({ worker, providers, concurrency, figures }: FleetStatus['workers'][number]): string {
  const { polls, pollsPerSecond, underWay, lastTrouble } = figures;
  return [
    worker.slice(0, 8),
    providers.join(', '),
    `${underWay} of ${concurrency} at once`,
    `${counted(polls)} polls`,
    `${counted(pollsPerSecond)}/s`,
    ...(lastTrouble ? [`${lastTrouble.code}: ${lastTrouble.message}`] : []),
  ].join('  ');
}
