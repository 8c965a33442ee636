import { filter, map, type Observable } from 'rxjs';
import { wordsOf } from './error-words.js';
import type { Session } from './session.js';

/** What the ledger could not note, as it happens: whoever is told can note it. */
export function noticesOf({ activity }: Pick<Session, 'activity'>): Observable<string> {
  return activity.pipe(
    filter(({ kind }) => kind === 'ledger-failed'),
    map((news) => {
      const { error, task } = news as Extract<typeof news, { kind: 'ledger-failed' }>;
      return `rushes: ${wordsOf(error)}${task ? `. Keep its id: ${task.id}` : ''}`;
    }),
  );
}
