import { defer, type MonoTypeOperatorFunction, tap } from 'rxjs';
import { type WorkFigures, workDefaults } from '../../fleet/index.js';
import { fill, widthOf } from '../board/cells.js';
import { jsonLine } from '../json-line.js';
import type { Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { figuresLines } from './figures-line.js';
import type { WorkerOptions } from './fleet-options.js';

/** How many seconds there are between figures. */
const TOLD_EACH = 10;

const HINT = 'Ctrl-C ends it';

/** A worker, and how it is told of. */
export interface Telling extends Pick<WorkerOptions, 'name' | 'json' | 'concurrency' | 'perSecond' | 'workers'> {
  readonly shell: Pick<Shell, 'stdout' | 'terminal'>;
  readonly provider: string;
  readonly nats: string;
  /** Where its health is told. */
  readonly health?: string | undefined;
}

/** Writes that a worker works once it does, then its figures now and then where they changed, and the last ones. */
export function tellFigures(telling: Telling): MonoTypeOperatorFunction<WorkFigures> {
  const { stdout, terminal } = telling.shell;
  const forPrograms = isForPrograms({ isJson: telling.json === true }, telling.shell);
  const line = (figures: WorkFigures) =>
    forPrograms ? jsonLine({ kind: 'figures', ...figures }) : `${figuresLines(figures, terminal).join('\n')}\n`;
  return (work) =>
    defer(() => {
      let seconds = 0;
      let [last, before] = ['', ''];
      const write = () => {
        if (last !== before) stdout.write(last);
        before = last;
      };
      return work.pipe(
        tap({
          next: (figures) => {
            if (seconds === 0 && !figures.isWell) return;
            if (seconds === 0) stdout.write(forPrograms ? jsonLine(workingEvent(telling)) : `${working(telling)}\n`);
            last = line(figures);
            if (++seconds % TOLD_EACH === 0) write();
          },
          complete: write,
        }),
      );
    });
}

function workingEvent({ name, provider, nats, health, ...limits }: Telling) {
  const { concurrency = workDefaults.concurrency, perSecond, workers = workDefaults.workers } = limits;
  return {
    ...{ kind: 'working', fleet: name, provider, nats, concurrency },
    ...(perSecond !== undefined && { perSecond, workers }),
    ...(health !== undefined && { health }),
  };
}

function working({ name, provider, nats, health, shell, ...limits }: Telling): string {
  const { concurrency = workDefaults.concurrency, perSecond, workers = workDefaults.workers } = limits;
  const { columns, paint } = shell.terminal;
  const shared = workers === 1 ? '' : ` among ${workers} workers`;
  const rate = perSecond === undefined ? '' : ` and ${perSecond} a second${shared}`;
  const page = health === undefined ? '' : `, health at ${health}`;
  const what = `tasks of ${provider} for fleet ${name} at ${nats}, up to ${concurrency} at once${rate}${page}`;
  const lines = fill(`rushes: watching ${what}`, columns);
  const room = columns - widthOf(lines.at(-1) ?? '');
  const hint = `${room < HINT.length + 2 ? '\n' : '  '}${paint('dim', HINT)}`;
  const text = lines.join('\n');
  return (health === undefined ? text : text.replace(health, paint('cyan', health))) + hint;
}
