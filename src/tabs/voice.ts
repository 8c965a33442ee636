import type { TaskRef } from '../task/ref.js';
import type { TabChannel, TabPlatform } from './platform.js';
import { type Asked, readMessage, type TabMessage, type Told, tabId, writeMessage } from './tab-message.js';

/** How one tab speaks with the others about a task, and what it hears of them. */
export class Voice {
  readonly #id: string;
  #channel: TabChannel | undefined;

  constructor(
    private readonly task: TaskRef,
    private readonly name: string,
    private readonly platform: TabPlatform,
    random: () => number,
  ) {
    this.#id = tabId(random);
  }

  /** @throws what the browser throws when it has no channel to give. */
  open(hear: (message: TabMessage) => void): void {
    this.#channel = this.platform.openChannel(this.name, (data) => {
      const message = readMessage(this.task, data);
      if (message) hear(message);
    });
  }

  say(message: Omit<Asked, 'from'> | Omit<Told, 'from'>): void {
    this.#channel?.say(writeMessage(this.task, { ...message, from: this.#id }));
  }

  close(): void {
    this.#channel?.close();
    this.#channel = undefined;
  }
}
