import type { FileHandle } from 'node:fs/promises';
import type { Subscription } from 'rxjs';
import { keepBeating } from '../../files/heartbeat.js';
import { Flights } from '../flights.js';

/** The creates whose answers this process waits for. While there are any, it shows that it lives. */
export class InFlight extends Flights {
  #beat: Subscription | undefined;

  /** @param file - Where they are noted, to be kept fresh. */
  constructor(private readonly file: Pick<FileHandle, 'utimes'>) {
    super();
  }

  override add(key: string): void {
    super.add(key);
    this.#beat ??= keepBeating(this.file);
  }

  override land(key: string): void {
    super.land(key);
    if (this.size > 0) return;
    this.#beat?.unsubscribe();
    this.#beat = undefined;
  }
}
