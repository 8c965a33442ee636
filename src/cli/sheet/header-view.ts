import { timeOfDay } from './clock-words.js';
import { drawing, element, setAttribute, setText } from './elements.js';
import type { Connection } from './roster-news.js';
import { shapes } from './shapes.js';
import { type Counts, type Standing, standings } from './standing.js';

/** Which frames are shown: all, or those that stand one way. */
export type Filter = Standing | 'all';

/** What stands above the frames. */
export interface HeaderView {
  readonly element: HTMLElement;
  showCounts(counts: Counts): void;
  showConnection(connection: Connection): void;
  showNotices(notices: readonly string[]): void;
  /** Has something read out. */
  say(words: string): void;
}

/** Draws what stands above the frames. @param onFilter - Told when another filter is chosen. */
export function createHeader(onFilter: (filter: Filter) => void, today: Date): HeaderView {
  const connection = element('p', { class: 'connection', role: 'status' });
  const notices = element('ul', { class: 'notices', 'aria-label': 'Notices', hidden: '' });
  const live = element('p', { class: 'unseen', role: 'status', 'aria-live': 'polite' });
  const choices = new Map<Filter, { readonly button: HTMLButtonElement; readonly count: HTMLElement }>();
  const group = element('div', { class: 'filters', role: 'group', 'aria-label': 'Show', hidden: '' });
  const choose = (filter: Filter) => {
    for (const [name, { button }] of choices) setAttribute(button, 'aria-pressed', String(name === filter));
    onFilter(filter);
  };
  for (const filter of ['all', ...standings] as const) {
    const count = element('span', { class: 'count' }, '0');
    const mark = filter === 'all' ? [] : [drawing('mark', '0 0 16 16', ...shapes[filter])];
    const button = element(
      'button',
      { type: 'button', 'aria-pressed': String(filter === 'all'), 'data-standing': filter },
      ...mark,
      element('span', {}, filter),
      ' ',
      count,
    );
    button.addEventListener('click', () => choose(filter));
    choices.set(filter, { button, count });
    group.append(button);
  }
  const date = today.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year: 'numeric' });
  return {
    element: element(
      'header',
      {},
      element(
        'div',
        { class: 'headline' },
        element('h1', {}, 'Contact sheet'),
        element('p', { class: 'slate', 'aria-hidden': 'true' }, `rushes · ${date}`),
        connection,
      ),
      group,
      notices,
      live,
    ),
    showCounts(counts) {
      const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
      group.hidden = total === 0;
      for (const [filter, { count, button }] of choices) {
        const number = filter === 'all' ? total : counts[filter];
        setText(count, String(number));
        button.classList.toggle('none', number === 0);
      }
    },
    showConnection(state) {
      connection.dataset['state'] = state.kind;
      setText(connection, wordsOfConnection(state));
    },
    showNotices(words) {
      notices.replaceChildren(...words.map((text) => element('li', {}, text)));
      notices.hidden = words.length === 0;
    },
    say: (words) => setText(live, words),
  };
}

function wordsOfConnection(state: Connection): string {
  switch (state.kind) {
    case 'connecting':
      return 'connecting';
    case 'live':
      return 'live';
    case 'reconnecting':
      return `reconnecting since ${timeOfDay(state.since)}`;
    case 'locked':
      return 'disconnected';
  }
}
