import { drawing, element, setAttribute, setText } from './elements.js';
import type { Frame } from './frame.js';
import { cross, question } from './shapes.js';
import { type Standing, standingOf } from './standing.js';

/** What is in the window of a frame. */
export interface Picture {
  readonly element: HTMLElement;
  /** The video, where there is one. */
  readonly video: HTMLVideoElement | undefined;
  show(frame: Frame): void;
  /** Gives the video its address, or takes it away. */
  setSource(url: string | undefined): void;
  /** Says in place of the video why there is none. */
  say(words: string): void;
}

/** The window of a frame: how far a task is, the mark of a grease pencil, or the video. */
export function pictureOf(name: string): Picture {
  const percent = element('span', { class: 'percent', 'aria-hidden': 'true' });
  const words = element('p', { class: 'picture-words', hidden: '' });
  const gate = element('div', { class: 'gate' });
  let shown: Standing | undefined;
  let video: HTMLVideoElement | undefined;

  const develop = (standing: Standing) => {
    shown = standing;
    video = standing === 'done' ? videoOf(name) : undefined;
    words.hidden = true;
    gate.dataset['standing'] = standing;
    for (const attribute of [
      'role',
      'aria-label',
      'aria-valuemin',
      'aria-valuemax',
      'aria-valuenow',
      'aria-valuetext',
    ] as const)
      gate.removeAttribute(attribute);
    gate.replaceChildren(...contentOf(standing, percent, video), words);
  };

  return {
    element: gate,
    get video() {
      return video;
    },
    show(frame) {
      const standing = standingOf(frame);
      if (standing !== shown) develop(standing);
      if (standing === 'running' || standing === 'queued') showProgress(gate, percent, frame, name);
    },
    setSource(url) {
      if (!video) return;
      if (url === undefined) video.removeAttribute('src');
      else video.src = url;
      video.load();
    },
    say(text) {
      setText(words, text);
      words.hidden = text === '';
    },
  };
}

function contentOf(standing: Standing, percent: HTMLElement, video: HTMLVideoElement | undefined): readonly Node[] {
  switch (standing) {
    case 'running':
      return [element('div', { class: 'exposed' }), percent];
    case 'failed':
      return [drawing('grease', '0 0 160 90', ...cross)];
    case 'lost':
      return [drawing('grease', '0 0 160 90', ...question)];
    case 'done':
      return video ? [video] : [];
    case 'queued':
      return [];
  }
}

function videoOf(name: string): HTMLVideoElement {
  const video = element('video', { 'aria-label': `Video of ${name}`, tabindex: '-1' });
  video.controls = true;
  video.muted = true;
  video.loop = true;
  video.playsInline = true;
  video.preload = 'metadata';
  return video;
}

/** What the provider says of the progress, and that it says nothing where it does not. */
function showProgress(gate: HTMLElement, percent: HTMLElement, { snapshot }: Frame, name: string): void {
  const progress = snapshot?.progress;
  const isKnown = progress !== undefined && snapshot?.status !== 'queued';
  gate.dataset['progress'] = isKnown ? 'known' : 'unknown';
  setText(percent, isKnown ? String(Math.floor(progress)) : '');
  setAttribute(gate, 'role', 'progressbar');
  setAttribute(gate, 'aria-label', `Progress of ${name}`);
  setAttribute(gate, 'aria-valuemin', isKnown ? '0' : undefined);
  setAttribute(gate, 'aria-valuemax', isKnown ? '100' : undefined);
  setAttribute(gate, 'aria-valuenow', isKnown ? String(Math.floor(progress)) : undefined);
  const words = snapshot?.status === 'queued' || !snapshot ? 'waiting' : 'running, the provider does not say how far';
  setAttribute(gate, 'aria-valuetext', isKnown ? `${Math.floor(progress)} percent` : words);
  if (isKnown) gate.style.setProperty('--progress', String(progress / 100));
  else gate.style.removeProperty('--progress');
}
