import { createFleet, type Difference } from '../../fleet/index.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { jsonLine } from '../json-line.js';
import type { Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { changeLine } from './difference-line.js';
import { withFleet } from './errands.js';
import type { StandingOptions } from './fleet-options.js';
import { givenSettings } from './fleet-options.js';

/** What a fleet keeps work and news in. */
const STREAMS = 2;

/** Changes what the server was set up with, and tells what was changed. */
export function upgrade(options: StandingOptions, shell: Shell): Promise<ExitCode> {
  const { name, json: isJson = false } = options;
  return withFleet('upgrade', { options }, shell, async (_, connection) => {
    const changed = await createFleet({ connection, name, ...givenSettings(options) }).upgrade();
    const isNew = areOfNewFleet(changed);
    const lines =
      changed.length === 0
        ? [`fleet ${name}: nothing to change`]
        : [`fleet ${name}: ${isNew ? 'a new fleet' : 'changed'}`, ...changed.map((each) => `  ${changeLine(each)}`)];
    shell.stdout.write(
      isForPrograms({ isJson }, shell)
        ? jsonLine({ kind: 'upgrade', fleet: name, isNew, changed })
        : lines.map((line) => `${line}\n`).join(''),
    );
    return exitCodes.completed;
  });
}

/** Whether there was nothing: a fleet whose name somebody mistyped is new, too. */
function areOfNewFleet(changed: readonly Difference[]): boolean {
  const wasAbsent = ({ setting, found }: Difference) => setting === 'presence' && found === 'absent';
  return changed.every(wasAbsent) && changed.filter(({ of }) => of.startsWith('stream ')).length === STREAMS;
}
