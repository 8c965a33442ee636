import { cleanText, readText } from '../providers/read-text.js';
import { webAddress } from '../providers/read-url.js';
import { frozen } from '../task/frozen.js';
import type { Snapshot } from '../task/snapshot.js';
import { isStatus, isTerminalStatus } from '../task/status.js';
import { toldTask } from './told-task.js';

/**
 * A snapshot that another process said, taken for no more than it is: what has no task or no known status is none, a
 * fact that is not what it should be is left out, text is scrubbed, and an address is http(s).
 *
 * @param value - What `parseBody` made of its JSON, so that its depth and size are bounded.
 */
export function toldSnapshot(value: unknown): Snapshot | undefined {
  const said = Object(value) as Readonly<Record<string, unknown>>;
  const task = toldTask(said.task);
  const { status, providerStatus, raw } = said;
  if (!task || !isStatus(status)) return undefined;
  const facts = known({
    task,
    status,
    providerStatus: typeof providerStatus === 'string' ? cleanText(providerStatus) : '',
    progress: within(0, 100, said.progress),
    createdAt: epochMs(said.createdAt),
    model: readText(said.model),
    seconds: within(0, Number.MAX_VALUE, said.seconds),
    size: readText(said.size),
    raw: frozen(raw),
  });
  if (!isTerminalStatus(status)) return Object.freeze(facts) as Snapshot;
  const ending =
    status === 'completed'
      ? {
          videoUrl: webAddress(said.videoUrl),
          completedAt: epochMs(said.completedAt),
          expiresAt: epochMs(said.expiresAt),
        }
      : { error: toldProblem(said.error) };
  return Object.freeze({ ...facts, ...known(ending) }) as Snapshot;
}

function toldProblem(value: unknown): { readonly code?: string; readonly message: string } {
  const { code, message } = Object(value) as Readonly<Record<string, unknown>>;
  return Object.freeze({ ...known({ code: readText(code) }), message: readText(message) ?? 'no reason was given' });
}

function within(from: number, to: number, value: unknown): number | undefined {
  return typeof value === 'number' && value >= from && value <= to ? value : undefined;
}

/** The years 2000-2100, which every date can be made of. */
function epochMs(value: unknown): number | undefined {
  return within(946_684_800_000, 4_102_444_800_000, value);
}

type Known<Facts> = { -readonly [Name in keyof Facts]?: Exclude<Facts[Name], undefined> };

function known<Facts extends object>(facts: Facts): Known<Facts> {
  return Object.fromEntries(Object.entries(facts).filter(([, fact]) => fact !== undefined)) as Known<Facts>;
}
