import { taskKey } from '../../task/ref.js';
import { element, setAttribute, setText } from './elements.js';
import type { Frame } from './frame.js';
import { type FrameActions, type FrameView, frameView } from './frame-view.js';
import type { Filter } from './header-view.js';
import { neighbour } from './keys.js';
import type { Sheet } from './sheet.js';
import { standingOf } from './standing.js';
import { type VideoAddress, videos } from './videos.js';

/** The frames as they are drawn. */
export interface SheetView {
  readonly element: HTMLElement;
  /** Draws what has changed since the last time. */
  draw(nowMs: number): void;
  /** Shows the time that has passed for what still runs. */
  tick(nowMs: number): void;
  filter(filter: Filter): void;
}

/** Draws a sheet, frame by frame, and leads the keyboard through it. */
export function sheetView(sheet: Sheet, actions: FrameActions, address: VideoAddress): SheetView {
  const views = new Map<string, FrameView>();
  const byElement = new WeakMap<Element, FrameView>();
  const list = element('ol', { class: 'sheet', 'aria-label': 'Frames' });
  const nothing = element('p', { class: 'nothing', hidden: '' });
  const shownVideos = videos(address);
  let filter: Filter = 'all';
  let current: FrameView | undefined;

  const isShown = (frame: Frame) => filter === 'all' || standingOf(frame) === filter;
  const makeCurrent = (view: FrameView | undefined) => {
    current?.setCurrent(false);
    current = view;
    view?.setCurrent(true);
  };
  const shownViews = () => [...views.values()].filter(({ element: item }) => !item.hidden);
  const settle = () => {
    const isHidden = sheet.size === 0 || shownViews().length > 0;
    setAttribute(nothing, 'hidden', isHidden ? '' : undefined);
    setText(nothing, isHidden ? '' : `No frame is ${filter} now.`);
    if (!current || current.element.hidden) makeCurrent(shownViews()[0]);
  };
  const draw = (frame: Frame, nowMs: number) => {
    const key = taskKey(frame.task);
    let view = views.get(key);
    if (!view) {
      view = frameView(frame, actions);
      views.set(key, view);
      byElement.set(view.article, view);
      list.append(view.element);
    }
    view.update(frame, sheet.typicalFor(frame), nowMs);
    // Whoever is looking at a frame goes on to see it, whatever it becomes.
    view.element.hidden = !isShown(frame) && !view.element.contains(document.activeElement);
    shownVideos.add(view);
  };

  list.addEventListener('focusin', ({ target }) => {
    const article = target instanceof Element ? target.closest('article') : null;
    const view = article && byElement.get(article);
    if (view && view !== current) makeCurrent(view);
  });
  list.addEventListener('keydown', (event) => {
    const view = event.target instanceof Element ? byElement.get(event.target) : undefined;
    if (!view || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      return open(view, actions);
    }
    const shown = shownViews();
    const next = neighbour(event.key, shown.indexOf(view), shown.length, columnsOf(list));
    if (next === undefined) return;
    event.preventDefault();
    shown[next]?.article.focus();
  });

  return {
    element: element('main', {}, list, nothing),
    draw(nowMs) {
      const changed = sheet.takeChanged();
      for (const frame of changed) draw(frame, nowMs);
      if (changed.length > 0) settle();
    },
    tick(nowMs) {
      for (const view of views.values()) if (isMoving(view.frame)) view.tick(nowMs);
    },
    filter(next) {
      filter = next;
      for (const view of views.values()) view.element.hidden = !isShown(view.frame);
      settle();
    },
  };
}

/** What Enter does: it plays what can be played, and shows all that is known of what cannot. */
function open({ picture: { video }, frame }: FrameView, actions: FrameActions): void {
  if (!video) actions.showDetails(frame);
  else if (video.paused) video.play().catch(() => undefined);
  else video.pause();
}

function isMoving(frame: Frame): boolean {
  const standing = standingOf(frame);
  return standing === 'running' || standing === 'queued';
}

function columnsOf(list: Element): number {
  return getComputedStyle(list).gridTemplateColumns.split(' ').length;
}
