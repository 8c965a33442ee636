import { counter, spokenSpan } from './clock-words.js';
import type { Frame, Taken } from './frame.js';

/** How a task stands, in a word or two. */
export function statusWords({ snapshot, error }: Frame): string {
  if (error) return 'lost';
  if (!snapshot) return 'looking';
  switch (snapshot.status) {
    case 'queued':
      return 'queued';
    case 'in_progress':
      return 'running';
    case 'unknown':
      return snapshot.providerStatus === '' ? 'running' : `“${snapshot.providerStatus}”`;
    case 'completed':
      return 'done';
    case 'error':
      return 'failed';
    default:
      return snapshot.status;
  }
}

/** Why there is no video; empty where there is one, or may be. */
export function troubleWords({ snapshot, error }: Frame): string {
  if (error) return `${error.code}: ${error.message}`;
  if (!snapshot || !('error' in snapshot)) return '';
  const { code, message } = snapshot.error;
  return code === undefined ? message : `${code}: ${message}`;
}

/** A time that is shown, and how it is read out. */
export interface TimeWords {
  readonly shown: string;
  readonly spoken: string;
}

/** How long a task has taken, and how long such a task usually takes. */
export function timeWords(taken: Taken | undefined, typicalMs: number | undefined): TimeWords {
  const parts: TimeWords[] = [];
  if (taken) {
    const before = taken.isSinceSeen ? 'seen for ' : '';
    parts.push({ shown: before + counter(taken.ms), spoken: before + spokenSpan(taken.ms) });
  }
  if (typicalMs !== undefined) {
    parts.push({ shown: `typically ${counter(typicalMs)}`, spoken: `typically ${spokenSpan(typicalMs)}` });
  }
  return {
    shown: parts.map(({ shown }) => shown).join(' · '),
    spoken: parts.map(({ spoken }) => spoken).join(', '),
  };
}

const ID_SHOWN = 18;

/** An id that fits a frame: its start and its end, which is where ids differ. */
export function shortId(id: string): string {
  const characters = [...id];
  if (characters.length <= ID_SHOWN) return id;
  return `${characters.slice(0, 9).join('')}…${characters.slice(-8).join('')}`;
}
