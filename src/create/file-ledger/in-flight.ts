import type { Subscription } from 'rxjs';
import { keepBeating } from '../../files/heartbeat.js';

interface Flight {
  readonly prompt: string;
  readonly landed: Promise<void>;
  land(): void;
}

/** The creates whose answers this process waits for. While there are any, it shows that it lives. */
export class InFlight {
  readonly #flights = new Map<string, Flight>();
  #beat: Subscription | undefined;

  /** @param path - The segment that says so, to be kept fresh. */
  add(key: string, { path, prompt }: { readonly path: string; readonly prompt: string }): void {
    let land = () => {};
    const landed = new Promise<void>((resolve) => {
      land = resolve;
    });
    this.#flights.set(key, { prompt, landed, land });
    this.#beat ??= keepBeating(path);
  }

  has(key: string): boolean {
    return this.#flights.has(key);
  }

  promptOf(key: string): string | undefined {
    return this.#flights.get(key)?.prompt;
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
