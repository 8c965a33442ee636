import { isAbsolute, join } from 'node:path';
import type { Shell } from '../shell.js';

/** Where the ledger of a user is, unless told otherwise: with what programs remember from one start to the next. */
export function ledgerPlace({ env, platform, home }: Pick<Shell, 'env' | 'platform' | 'home'>): string {
  return join(stateFolder(env, platform, home), 'rushes', 'ledger');
}

function stateFolder(env: Shell['env'], platform: NodeJS.Platform, home: string): string {
  const { XDG_STATE_HOME: state = '', LOCALAPPDATA: local = '' } = env;
  // The specification tells programs to ignore relative ones.
  if (isAbsolute(state)) return state;
  if (platform === 'win32') return local || join(home, 'AppData', 'Local');
  return platform === 'darwin' ? join(home, 'Library', 'Application Support') : join(home, '.local', 'state');
}
