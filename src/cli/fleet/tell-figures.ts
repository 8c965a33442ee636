import { defer, type MonoTypeOperatorFunction, tap } from 'rxjs';
import { type WorkFigures, workDefaults } from '../../fleet/index.js';
import { jsonLine } from '../json-line.js';
import type { Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { figuresLines } from './figures-line.js';

/** How many seconds there are between figures. */
const TOLD_EACH = 10;

/** A worker, and how it is told of. */
export interface Telling {
  readonly shell: Pick<Shell, 'stdout' | 'terminal'>;
  readonly json?: boolean | undefined;
  /** The fleet. */
  readonly name: string;
  readonly provider: string;
  readonly nats: string;
  readonly concurrency?: number | undefined;
  /** Where its health is told. */
  readonly health?: string | undefined;
}

/** Writes that a worker works, then its figures now and then where they changed, and the last ones. */
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
            if (seconds === 0) stdout.write(forPrograms ? jsonLine(workingEvent(telling)) : `${working(telling)}\n`);
            last = line(figures);
            if (++seconds % TOLD_EACH === 0) write();
          },
          complete: write,
        }),
      );
    });
}

function workingEvent({ name, provider, nats, concurrency = workDefaults.concurrency, health }: Telling) {
  return { kind: 'working', fleet: name, provider, nats, concurrency, ...(health !== undefined && { health }) };
}

function working({ name, provider, nats, concurrency = workDefaults.concurrency, health, shell }: Telling): string {
  const { paint } = shell.terminal;
  const page = health === undefined ? '' : `, health at ${paint('cyan', health)}`;
  const what = `tasks of ${provider} for fleet ${name} at ${nats}, up to ${concurrency} at once${page}`;
  return `rushes: watching ${what}  ${paint('dim', 'Ctrl-C ends it')}`;
}
