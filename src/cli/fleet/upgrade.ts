import { createFleet } from '../../fleet/index.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { jsonLine } from '../json-line.js';
import type { Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { differenceLine } from './difference-line.js';
import { withFleet } from './errands.js';
import type { StandingOptions } from './fleet-options.js';
import { givenSettings } from './fleet-options.js';

/** Changes what the server was set up with, and tells what was changed. */
export function upgrade(options: StandingOptions, shell: Shell): Promise<ExitCode> {
  const { name, json: isJson = false } = options;
  return withFleet('upgrade', { options }, shell, async (_, connection) => {
    const changed = await createFleet({ connection, name, ...givenSettings(options) }).upgrade();
    const lines =
      changed.length === 0
        ? [`fleet ${name}: nothing to change`]
        : [`fleet ${name}: changed`, ...changed.map((each) => `  ${differenceLine(each)}`)];
    shell.stdout.write(
      isForPrograms({ isJson }, shell)
        ? jsonLine({ kind: 'upgrade', fleet: name, changed })
        : lines.map((line) => `${line}\n`).join(''),
    );
    return exitCodes.completed;
  });
}
