import { element } from './elements.js';

/** What is said in place of the frames. */
export interface Message {
  readonly title: string;
  readonly words: string;
  /** A command to type. */
  readonly command?: string;
}

/** Nothing is there to be shown, and that is well. */
export const nothingYet: Message = {
  title: 'No frames yet',
  words: 'Whatever is created on this machine appears here by itself. In another terminal:',
  command: "rushes run 'A paper boat at dusk' --model doubao-seedance-2-0",
};

/** The page was opened without its token. */
export const noToken: Message = {
  title: 'This address is not complete',
  words: 'Open the whole address that the command printed, with all that comes after the #.',
  command: 'rushes serve',
};

/** The token is another board's. */
export const lockedOut: Message = {
  title: 'This board has ended',
  words: 'Its command was stopped, and another one may run in its place. Open the address that the new one printed.',
  command: 'rushes serve',
};

/** What stands in place of the frames, or above them. */
export interface EmptyView {
  readonly element: HTMLElement;
  /** @param isAlone - There is nothing below it. */
  show(message: Message | undefined, isAlone?: boolean): void;
}

/** Three frames of unexposed film, and what to do next. */
export function emptyView(): EmptyView {
  const title = element('h2');
  const words = element('p');
  const command = element('code');
  const film = Array.from({ length: 3 }, () => element('span', { class: 'blank' }));
  const leader = element('div', { class: 'leader', 'aria-hidden': 'true' }, ...film);
  const section = element(
    'section',
    { class: 'empty', hidden: '', 'aria-live': 'polite' },
    leader,
    title,
    words,
    element('pre', {}, command),
  );
  return {
    element: section,
    show(message, isAlone = true) {
      section.hidden = message === undefined;
      section.classList.toggle('alone', isAlone);
      leader.hidden = !isAlone;
      title.textContent = message?.title ?? '';
      words.textContent = message?.words ?? '';
      command.textContent = message?.command ?? '';
    },
  };
}
