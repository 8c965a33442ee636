import { unpainted } from '../../src/cli/board/terminal.js';
import type { WorkFigures } from '../../src/fleet/index.js';

/** A worker that has done nothing yet. */
export const idle: WorkFigures = {
  isWell: true,
  underWay: 0,
  polls: 0,
  pollsPerSecond: 0,
  events: 0,
  troubles: 0,
  finished: 0,
  lost: 0,
  putOff: 0,
  left: 0,
  busTroubles: 0,
  lateMs: { p50: 0, p99: 0 },
  pausedMs: {},
  skewMs: 0,
};
/** One that has. */
export const busy: WorkFigures = { ...idle, polls: 1_234, pollsPerSecond: 12, underWay: 3, finished: 5 };
/** A terminal without colours. */
export const page = { columns: 100, paint: unpainted };
