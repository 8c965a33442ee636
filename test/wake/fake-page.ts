import { afterEach } from 'vitest';

/** A document and a window that can be looked into, in place of a browser's. */
export class FakePage {
  readonly document = Object.assign(new Listened(), { visibilityState: 'visible' as DocumentVisibilityState });
  readonly window = new Listened();

  get listeners(): number {
    return this.document.listeners + this.window.listeners;
  }

  show(state: DocumentVisibilityState): void {
    this.document.visibilityState = state;
    this.document.dispatchEvent(new Event('visibilitychange'));
  }

  tell(of: 'document' | 'window', name: string, facts: object = {}): void {
    this[of].dispatchEvent(Object.assign(new Event(name), facts));
  }
}

class Listened extends EventTarget {
  listeners = 0;

  override addEventListener(...args: Parameters<EventTarget['addEventListener']>): void {
    this.listeners++;
    super.addEventListener(...args);
  }

  override removeEventListener(...args: Parameters<EventTarget['removeEventListener']>): void {
    this.listeners--;
    super.removeEventListener(...args);
  }
}

/** Puts a page into the global scope until the test has ended. */
export function fakePage(): FakePage {
  const page = new FakePage();
  Object.assign(globalThis, { document: page.document, window: page.window });
  return page;
}

/** To be called where pages are used. */
export function withoutPageAfterwards(): void {
  afterEach(() => {
    for (const name of ['document', 'window']) Reflect.deleteProperty(globalThis, name);
  });
}
