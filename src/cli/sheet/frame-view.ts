import { drawing, element, setText } from './elements.js';
import { type Frame, takenBy } from './frame.js';
import { type Picture, pictureOf } from './picture.js';
import { shapes } from './shapes.js';
import { type Standing, standingOf } from './standing.js';
import { shortId, statusWords, timeWords, troubleWords } from './words.js';

/** What a person can do with a frame. */
export interface FrameActions {
  copyId(frame: Frame): void;
  showDetails(frame: Frame): void;
  lookAgain(frame: Frame): void;
}

/** A frame as it is drawn. */
export interface FrameView {
  readonly element: HTMLLIElement;
  /** What has the focus when the frame has it. */
  readonly article: HTMLElement;
  readonly picture: Picture;
  readonly frame: Frame;
  update(frame: Frame, typicalMs: number | undefined, nowMs: number): void;
  /** Shows the time that has passed. */
  tick(nowMs: number): void;
  /** The one frame that Tab leads to; its controls come after it. */
  setCurrent(isCurrent: boolean): void;
}

/** Draws a frame, and of its later states only what is another. */
export function frameView(first: Frame, actions: FrameActions): FrameView {
  const { number, task } = first;
  const name = `frame ${number}`;
  const picture = pictureOf(name);
  const shape = element('span', { class: 'shape' });
  const status = element('span', { class: 'status-words' });
  const model = element('span', { class: 'model' });
  const shownTime = element('span', { 'aria-hidden': 'true' });
  const spokenTime = element('span', { class: 'unseen' });
  const trouble = element('p', { class: 'trouble', hidden: '' });
  const copy = element(
    'button',
    { type: 'button', class: 'id', 'aria-label': `Copy the id ${task.id}` },
    shortId(task.id),
  );
  const details = element('button', { type: 'button', class: 'plain', 'aria-label': `Details of ${name}` }, 'Details');
  const again = element('button', { type: 'button', class: 'again', hidden: '' }, 'Look again');
  again.setAttribute('aria-label', `Look again at ${name}`);
  const headId = `frame-${number}-head`;
  const statusId = `frame-${number}-status`;
  const article = element(
    'article',
    { tabindex: '-1', 'aria-labelledby': `${headId} ${statusId}` },
    element(
      'div',
      { class: 'film' },
      edge('top', number, task.provider),
      picture.element,
      edge('bottom', number, task.provider),
    ),
    element(
      'div',
      { class: 'notes' },
      element('h2', { id: headId }, element('span', { class: 'unseen' }, `Frame ${number}, `), model),
      element(
        'p',
        { class: 'status' },
        shape,
        element('span', { id: statusId }, status),
        element('span', { class: 'time' }, shownTime, spokenTime),
        again,
      ),
      trouble,
      element('div', { class: 'handle' }, copy, details),
    ),
  );
  const item = element('li', { class: 'frame' }, article);
  const buttons = [again, copy, details];
  let frame = first;
  let typical: number | undefined;
  let standing: Standing | undefined;
  let isCurrent = false;

  copy.addEventListener('click', () => actions.copyId(frame));
  details.addEventListener('click', () => actions.showDetails(frame));
  again.addEventListener('click', () => actions.lookAgain(frame));

  const tick = (nowMs: number) => {
    const { shown, spoken } = timeWords(takenBy(frame, nowMs), typical);
    setText(shownTime, shown);
    setText(spokenTime, spoken);
  };
  const setCurrent = (is: boolean) => {
    isCurrent = is;
    const tabIndex = is ? 0 : -1;
    for (const reached of [article, ...buttons, ...(picture.video ? [picture.video] : [])]) reached.tabIndex = tabIndex;
  };
  return {
    element: item,
    article,
    picture,
    get frame() {
      return frame;
    },
    tick,
    setCurrent,
    update(next, typicalMs, nowMs) {
      frame = next;
      typical = typicalMs;
      const now = standingOf(frame);
      picture.show(frame);
      if (now !== standing) {
        standing = now;
        item.dataset['standing'] = now;
        shape.replaceChildren(drawing('mark', '0 0 16 16', ...shapes[now]));
        again.hidden = now !== 'lost';
        setCurrent(isCurrent);
      }
      setText(status, statusWords(frame));
      setText(model, frame.snapshot?.model ?? task.provider);
      const words = troubleWords(frame);
      setText(trouble, words);
      trouble.hidden = words === '';
      tick(nowMs);
    },
  };
}

/** What a film factory printed at its edge, and the holes by which it is moved. */
function edge(side: 'top' | 'bottom', number: number, provider: string): HTMLElement {
  const print =
    side === 'top'
      ? [element('span', {}, `▸${number}`), element('span', {}, provider), element('span', {}, `${number}a`)]
      : [element('span', { class: 'bars' }), element('span', {}, 'rushes 5222'), element('span', { class: 'bars' })];
  const holes = element('div', { class: 'holes' });
  const line = element('div', { class: 'print' }, ...print);
  return element(
    'div',
    { class: `edge ${side}`, 'aria-hidden': 'true' },
    ...(side === 'top' ? [holes, line] : [line, holes]),
  );
}
