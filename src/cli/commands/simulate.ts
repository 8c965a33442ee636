import { firstValueFrom, map, race } from 'rxjs';
import { messageOf } from '../../errors.js';
import { simulate as serve } from '../../testing/index.js';
import { type ExitCode, exitCodes } from '../exit-code.js';
import { jsonLine } from '../json-line.js';
import { keyVariables, providerNames } from '../provider-choice.js';
import { exitCodeOf, type Shell } from '../shell.js';
import { isForPrograms } from '../show.js';
import { WrongUsage } from '../wrong-usage.js';

/** What `rushes simulate` takes. */
export interface SimulateOptions {
  readonly port: number;
  readonly speed: number;
  readonly json?: boolean;
}

/** Serves the four APIs on this machine until it is interrupted. */
export async function simulate({ port, speed, json = false }: SimulateOptions, shell: Shell): Promise<ExitCode> {
  const sim = await serve({ port, speed }).catch((error: unknown) => {
    throw new WrongUsage(`--port ${port} cannot be served: ${messageOf(error)}; with 0 it is any that is free`);
  });
  const end = firstValueFrom(
    race(shell.signals.pipe(map(exitCodeOf)), shell.readerLeft.pipe(map(() => exitCodes.completed))),
  );
  const baseUrls = providerNames.map((provider) => ({ provider, baseUrl: `${sim.url}/${provider}` }));
  const lines = isForPrograms({ isJson: json }, shell)
    ? baseUrls.map((served) => jsonLine({ kind: 'serving', ...served, keyVariable: keyVariables[served.provider] }))
    : card(baseUrls, speed, shell).map((line) => `${line}\n`);
  shell.stdout.write(lines.join(''));
  const code = await end;
  await sim.close();
  return code;
}

interface Served {
  readonly provider: string;
  readonly baseUrl: string;
}

function card(served: readonly Served[], speed: number, { terminal: { paint } }: Shell): string[] {
  const [first] = served;
  const pace = speed === 1 ? 'at their own pace' : `${speed} times as fast`;
  return [
    `${paint('bold', `rushes: ${served.length} video APIs, ${pace}`)}  ${paint('dim', 'Ctrl-C ends them')}`,
    '',
    ...served.map(({ provider, baseUrl }) => `  ${provider.padEnd(18)}${paint('cyan', baseUrl)}`),
    '',
    paint('dim', 'Any key will do. In another terminal:'),
    '',
    ...(first
      ? [
          `  export ${keyVariables[first.provider]}=any`,
          "  rushes run 'A paper boat at dusk' --model doubao-seedance-2-0 \\",
          `    --base-url ${first.baseUrl}`,
        ]
      : []),
    '',
  ];
}
