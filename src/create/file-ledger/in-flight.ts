import type { FileHandle } from 'node:fs/promises';
import type { Subscription } from 'rxjs';
import { keepBeating } from '../../files/heartbeat.js';

interface Flight {
  readonly landed: Promise<void>;
  land(): void;
}

/** The creates whose answers this process waits for. While there are any, it shows that it lives. */
export class InFlight {
  readonly #flights = new Map<string, Flight>();
  #beat: Subscription | undefined;

  /** @param file - Where they are noted, to be kept fresh. */
  constructor(private readonly file: Pick<FileHandle, 'utimes'>) {}

  add(key: string): void {
    let land = () => {};
    const landed = new Promise<void>((resolve) => {
      land = resolve;
    });
    this.#flights.set(key, { landed, land });
    this.#beat ??= keepBeating(this.file);
  }

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  /** Resolves when nobody waits for that answer any more. */
  async landed(key: string): Promise<void> {
    await this.#flights.get(key)?.landed;
  }

  land(key: string): void {
    this.#flights.get(key)?.land();
    this.#flights.delete(key);
    if (this.#flights.size > 0) return;
    this.#beat?.unsubscribe();
    this.#beat = undefined;
  }

  landAll(): void {
    for (const key of [...this.#flights.keys()]) this.land(key);
  }
}
