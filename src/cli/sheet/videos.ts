import type { TaskRef } from '../../task/ref.js';
import type { FrameView } from './frame-view.js';

/** Gets the address of a video, with a fresh ticket. */
export type VideoAddress = (task: TaskRef) => Promise<string>;

/** How far outside of what is seen a video is fetched already. */
const MARGIN = '300px';

/** Gives videos their addresses while they are near what is seen: a browser plays only so many at a time. */
export function videos(address: VideoAddress): { add(view: FrameView): void } {
  const views = new Map<Element, FrameView>();
  const tried = new WeakSet<HTMLVideoElement>();

  const load = async (view: FrameView, at = 0): Promise<void> => {
    const { video } = view.picture;
    if (!video) return;
    view.picture.say('');
    try {
      view.picture.setSource(await address(view.frame.task));
      if (at > 0) video.currentTime = at;
    } catch {
      view.picture.say('The video cannot be fetched now.');
    }
  };
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        const view = views.get(target);
        const { video } = view?.picture ?? {};
        if (!view || !video) continue;
        if (isIntersecting && !video.hasAttribute('src')) void load(view);
        else if (!isIntersecting && video.paused && video.hasAttribute('src')) view.picture.setSource(undefined);
      }
    },
    { rootMargin: MARGIN },
  );
  return {
    add(view) {
      const { video } = view.picture;
      if (!video || views.get(video) === view) return;
      views.set(video, view);
      observer.observe(video);
      video.addEventListener('error', () => {
        if (!video.hasAttribute('src')) return;
        // A ticket lives for an hour, and a page may be open for days.
        if (tried.has(video)) return view.picture.say('The video cannot be played.');
        tried.add(video);
        void load(view, video.currentTime);
      });
      video.addEventListener('playing', () => tried.delete(video));
    },
  };
}
