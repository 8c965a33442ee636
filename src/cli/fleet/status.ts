import { createFleet, type Difference, type FleetSettings, type FleetStatus } from '../../fleet/index.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { jsonLine } from '../json-line.js';
import type { Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { withFleet } from './errands.js';
import type { StandingOptions } from './fleet-options.js';
import { givenSettings } from './fleet-options.js';
import { statusCard } from './status-card.js';

/** Tells how a fleet stands. */
export function status(options: StandingOptions, shell: Shell): Promise<ExitCode> {
  const { name, json: isJson = false } = options;
  return withFleet('status', { options }, shell, async (_, connection) => {
    const given = givenSettings(options);
    const asked = await createFleet({ connection, name, ...given }).status();
    const agreed = agreedOn(asked, given);
    // What nobody asked for is compared with what the workers agreed on, and is no difference then.
    const seen = agreed ? await createFleet({ connection, name, ...agreed, ...given }).status() : asked;
    shell.stdout.write(
      isForPrograms({ isJson }, shell)
        ? jsonLine({ kind: 'status', fleet: name, ...seen })
        : statusCard(name, seen, shell.terminal)
            .map((line) => `${line}\n`)
            .join(''),
    );
    return exitCodes.completed;
  });
}

/** The settings of a fleet that are others than the usual ones and were not given; `undefined` where there are none. */
function agreedOn({ differences }: FleetStatus, given: Partial<FleetSettings>): Partial<FleetSettings> | undefined {
  const others = differences.filter(
    ({ of, setting, found }) => of === 'fleet' && !(setting in given) && typeof found === 'number',
  );
  const settings = others.map(({ setting, found }: Difference) => [setting, found]);
  return settings.length > 0 ? Object.fromEntries(settings) : undefined;
}
