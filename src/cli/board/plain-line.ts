import { isCompleted, isFailure, type Snapshot, type TaskRef } from '../../index.js';
import { wordsOf } from '../error-words.js';
import type { Board, News } from './board.js';
import { briefly } from './briefly.js';
import { clean, pad, widthOf } from './cells.js';
import { sizeOf } from './size.js';

const PROVIDER_CELLS = 13;
const ID_CELLS = 37;

/**
 * The latest news of a board as one line for a log, as long as it takes; `undefined` where it says nothing that a reader
 * has missed.
 */
export function plainLine({ latest, latestAtMs, startedAtMs }: Board): string | undefined {
  const told = latest && tell(latest);
  if (!told?.[1]) return undefined;
  const [{ provider, id }, what] = told;
  const when = inSeconds(latestAtMs - startedAtMs).padStart(7);
  return [when, pad(provider, PROVIDER_CELLS), atLeast(id, ID_CELLS), clean(what)].join('  ');
}

function atLeast(text: string, cells: number): string {
  return pad(text, Math.max(cells, widthOf(clean(text))));
}

function tell(news: News): readonly [who: TaskRef, what: string | undefined] | undefined {
  switch (news.kind) {
    case 'created':
      return [news.task, `created ${news.snapshot.model ?? ''}`];
    case 'snapshot':
      return [news.task, standing(news.snapshot)];
    case 'retrying':
      return [news.task, `${briefly(news.error)}, asking again in ${inSeconds(news.waitMs)}`];
    case 'throttled':
      return [{ provider: news.provider, id: 'all' }, `pause for ${inSeconds(news.pauseMs)}, as the server asks`];
    case 'lost':
      return [news.task, `lost: ${news.error.code}`];
    case 'saved':
      return [news.task, `${news.already ? 'there already' : 'saved'}, ${sizeOf(news.bytes)}: ${news.path}`];
    case 'download-failed':
      return [news.task, `not saved: ${news.error.code}: ${wordsOf(news.error)}`];
    default:
      return undefined;
  }
}

function standing(snapshot: Snapshot): string | undefined {
  const { status, progress, providerStatus } = snapshot;
  if (isCompleted(snapshot)) return 'completed';
  if (isFailure(snapshot)) return `${status}: ${snapshot.error.message}`;
  if (status === 'unknown') return providerStatus && `unknown: the provider says "${providerStatus}"`;
  return progress === undefined ? status : `${status} ${Math.round(progress)}%`;
}

function inSeconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`;
}
