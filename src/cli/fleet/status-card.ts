import type { FleetStatus } from '../../fleet/index.js';
import { shortId } from '../../fleet/status/worker-differences.js';
import { cut, wrap } from '../board/cells.js';
import type { Terminal } from '../board/terminal.js';
import { differenceLine } from './difference-line.js';
import { counted, things } from './figures-line.js';

const LABEL_CELLS = 10;
const VALUE_CELLS = 10;

type Row = readonly [label: string, value: string, meaning: string];

/** How a fleet stands, for people. */
export function statusCard(name: string, status: FleetStatus, terminal: Pick<Terminal, 'columns' | 'paint'>): string[] {
  const { columns, paint } = terminal;
  const { live, waiting, unclaimed, events, pollsPerSecond, lateMs, lost, workers, differences, alerts } = status;
  const rows: Row[] = [
    ['live', counted(live), 'tasks that are watched'],
    ['waiting', counted(waiting), 'of those, not asked about yet'],
    ...(unclaimed > 0 ? [['unclaimed', counted(unclaimed), 'messages that are handed to nobody'] as const] : []),
    ['polls/s', counted(pollsPerSecond), 'of all workers'],
    ['late', `${counted(lateMs.p50)} / ${counted(lateMs.p99)} ms`, 'how late half / 99 % of turns come, at most'],
    ['lost', counted(lost), 'since these workers began'],
    ['events', counted(events), 'news that is kept'],
    ['workers', counted(workers.length), 'those that answer'],
  ];
  const valueCells = Math.max(VALUE_CELLS, ...rows.map(([, value]) => value.length));
  const left = LABEL_CELLS + valueCells + 4;
  return [
    paint('bold', `fleet ${name}`),
    '',
    ...rows.map(([label, value, meaning]) => {
      const known = `  ${label.padEnd(LABEL_CELLS)}${value.padStart(valueCells)}  `;
      return known + paint('dim', cut(meaning, columns - left));
    }),
    ...workers.flatMap((worker) => workerLines(worker).map((line) => `    ${cut(line, columns - 4)}`)),
    ...list('Not as it should be:', differences.map(differenceLine), terminal),
    ...list('Look at this:', alerts, terminal),
  ];
}

/** What is to be read whole. */
function list(
  title: string,
  all: readonly string[],
  { columns, paint }: Pick<Terminal, 'columns' | 'paint'>,
): string[] {
  if (all.length === 0) return [];
  const lines = all.flatMap((each) => wrap(each, columns - 4).map((line, i) => `${i === 0 ? '  ' : '    '}${line}`));
  return ['', paint('yellow', title), ...lines];
}

function workerLines({ worker, providers, concurrency, ...of }: FleetStatus['workers'][number]): string[] {
  const { isWell, polls, pollsPerSecond, underWay, lastTrouble } = of.figures;
  // JSON has no number for what has no end.
  const rate = of.perSecond === null ? '' : ` of ${round(of.perSecond / of.workers)}`;
  const line = [
    shortId(worker),
    providers.join(', '),
    `${underWay} of ${concurrency} at once`,
    things(polls, 'poll'),
    `${counted(pollsPerSecond)}${rate}/s`,
  ].join('  ');
  const wrong = [
    ...(isWell ? [] : ['no work from NATS']),
    ...(lastTrouble ? [`${lastTrouble.code}: ${lastTrouble.message}`] : []),
  ].join(', ');
  return wrong === '' ? [line] : [line, `  ${wrong}`];
}

function round(number: number): number {
  return Number(number.toPrecision(3));
}
