import { element } from './elements.js';
import type { Frame } from './frame.js';
import { statusWords, troubleWords } from './words.js';

/** All that is known of one task, in a window of its own. */
export interface Loupe {
  readonly element: HTMLDialogElement;
  show(frame: Frame): void;
}

/** A loupe over the sheet. @param copy - Puts text on the clipboard. */
export function createLoupe(copy: (text: string, what: string) => void): Loupe {
  const title = element('h2', { id: 'loupe-title' });
  const facts = element('dl');
  const copyHandle = element('button', { type: 'button' }, 'Copy the handle');
  const close = element('button', { type: 'button' }, 'Close');
  const dialog = element(
    'dialog',
    { class: 'loupe', 'aria-labelledby': 'loupe-title' },
    title,
    facts,
    element('div', { class: 'buttons' }, copyHandle, close),
  );
  let handle = '';
  close.addEventListener('click', () => dialog.close());
  copyHandle.addEventListener('click', () => copy(handle, 'handle'));
  // A click beside the loupe lands on the dialog itself.
  dialog.addEventListener('click', ({ target }) => target === dialog && dialog.close());
  return {
    element: dialog,
    show(frame) {
      handle = JSON.stringify(frame.task);
      title.textContent = `Frame ${frame.number}`;
      facts.replaceChildren(
        ...factsOf(frame).flatMap(([name, value]) => [element('dt', {}, name), element('dd', {}, value)]),
      );
      dialog.showModal();
    },
  };
}

function factsOf(frame: Frame): readonly (readonly [name: string, value: string])[] {
  const { task, snapshot, addedAt } = frame;
  const { model, providerStatus = '', progress, createdAt, seconds, size } = snapshot ?? {};
  const completedAt = snapshot?.status === 'completed' ? snapshot.completedAt : undefined;
  const all: readonly (readonly [string, string | undefined])[] = [
    ['Status', statusWords(frame)],
    ["Provider's word", providerStatus],
    ['Reason', troubleWords(frame)],
    ['Model', model],
    ['Provider', task.provider],
    ['Id', task.id],
    ['Progress', progress === undefined ? undefined : `${progress} %`],
    ['Length', seconds === undefined ? undefined : `${seconds} s`],
    ['Size', size],
    ['Created', timeOf(createdAt)],
    ['Completed', timeOf(completedAt)],
    ['On the sheet since', timeOf(addedAt)],
    ['Handle', JSON.stringify(task)],
  ];
  return all.flatMap(([name, value]) => (value ? [[name, value] as const] : []));
}

function timeOf(epochMs: number | undefined): string | undefined {
  return epochMs === undefined ? undefined : new Date(epochMs).toLocaleString();
}
