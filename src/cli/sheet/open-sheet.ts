import {
  asyncScheduler,
  auditTime,
  bufferTime,
  filter,
  fromEvent,
  interval,
  map,
  merge,
  Subject,
  share,
  startWith,
  take,
  takeUntil,
} from 'rxjs';
import { createClient } from '../../client.js';
import { remote } from '../../sse/remote/remote.js';
import type { TaskRef } from '../../task/ref.js';
import { boardPaths } from '../board-wire.js';
import { boardAccess } from './board-access.js';
import { emptyView, lockedOut, nothingYet } from './empty-view.js';
import { createHeader } from './header-view.js';
import { createLoupe } from './loupe.js';
import { type Connection, type RosterNews, rosterNews } from './roster-news.js';
import { type Change, Sheet } from './sheet.js';
import { sheetView } from './sheet-view.js';
import { countsOf, standingOf, wordsOfCounts } from './standing.js';
import { statusWords } from './words.js';

/** How long changes wait for others, to be drawn with them. */
const DRAW_MS = 80;
/** How long ends wait for others, to be read out with them. */
const ANNOUNCE_MS = 1_500;
/** How many tasks are watched at a time: the others wait until one of these has ended. */
const MAX_WATCHED = 300;
/** A board that is away may come back: no task is lost by that. */
const patience = { giveUpAfterMs: Number.POSITIVE_INFINITY, maxMs: 8_000 };

/** Shows the tasks of the board that `token` is of, from now on. */
export function openSheet(token: string, body: HTMLElement): void {
  const now = () => asyncScheduler.now();
  const { ask, fetch, headers, refused, videoAddress } = boardAccess(token, window.fetch.bind(window));
  const online = fromEvent(window, 'online');
  const news = rosterNews({ fetch: ask, wake: online }).pipe(share());
  const locked = merge(refused, news.pipe(filter(({ kind }) => kind === 'locked'))).pipe(take(1), share());
  const client = createClient(remote(boardPaths.gateway, { headers, fetch, retry: patience, wake: online }), {
    deadlineMs: Number.POSITIVE_INFINITY,
  });

  const sheet = new Sheet();
  const changes = new Subject<void>();
  const ends = new Subject<string>();
  const toWatch = new Subject<TaskRef>();
  const copy = (text: string, what: string) => {
    // Only a page that the browser trusts has a clipboard.
    const copying = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'));
    copying.then(
      () => header.say(`The ${what} is copied.`),
      () => header.say(`This browser lets the page copy nothing. The ${what} is: ${text}`),
    );
  };
  const loupe = createLoupe(copy);
  const empty = emptyView();
  const view = sheetView(
    sheet,
    {
      copyId: ({ task }) => copy(task.id, 'id'),
      showDetails: (frame) => loupe.show(frame),
      lookAgain: ({ task }) => {
        sheet.lookAgain(task);
        changes.next();
        toWatch.next(task);
      },
    },
    videoAddress,
  );
  const header = createHeader(view.filter, new Date(now()));
  body.append(header.element, empty.element, view.element, loupe.element);

  const showConnection = (connection: Connection) => {
    header.showConnection(connection);
    if (connection.kind === 'locked') empty.show(lockedOut, sheet.size === 0);
  };
  const take_ = ({ tasks, notices }: RosterNews) => {
    header.showNotices(notices);
    for (const { task, addedAt } of tasks) if (sheet.add(task, addedAt)) toWatch.next(task);
    empty.show(sheet.size === 0 ? nothingYet : undefined);
    changes.next();
  };

  client
    .watchAll(toWatch, { maxWatched: MAX_WATCHED })
    .pipe(takeUntil(locked))
    .subscribe((event) => {
      const change = sheet.hear(event, now());
      if (!change) return;
      changes.next();
      const end = endIn(change);
      if (end !== undefined) ends.next(end);
    });
  changes.pipe(auditTime(DRAW_MS)).subscribe(() => {
    view.draw(now());
    const counts = countsOf(sheet.frames);
    header.showCounts(counts);
    document.title = sheet.size === 0 ? 'Contact sheet' : `${wordsOfCounts(counts)} · Contact sheet`;
  });
  ends
    .pipe(
      bufferTime(ANNOUNCE_MS),
      filter((words) => words.length > 0),
    )
    .subscribe((words) => header.say(`${words.join(' ')} ${wordsOfCounts(countsOf(sheet.frames))}.`));
  interval(1_000)
    .pipe(takeUntil(locked))
    .subscribe(() => view.tick(now()));
  merge(news, locked.pipe(map((): Connection => ({ kind: 'locked' }))))
    .pipe(startWith({ kind: 'connecting' } as const), takeUntil(locked.pipe(auditTime(0))))
    .subscribe((told) => (told.kind === 'roster' ? take_(told) : showConnection(told)));
}

/** What there is to read out of a change: an end that somebody may have waited for. */
function endIn({ before, after }: Change): string | undefined {
  const standing = standingOf(after);
  const isEnd = standing === 'lost' || (before.wasLive && (standing === 'done' || standing === 'failed'));
  return isEnd && standing !== standingOf(before) ? `Frame ${after.number} ${statusWords(after)}.` : undefined;
}
