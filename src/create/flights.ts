interface Flight {
  readonly landed: Promise<void>;
  land(): void;
}

/** The creates whose answers are waited for here, by their keys. */
export class Flights {
  readonly #flights = new Map<string, Flight>();

  get size(): number {
    return this.#flights.size;
  }

  add(key: string): void {
    let land = () => {};
    const landed = new Promise<void>((resolve) => {
      land = resolve;
    });
    this.#flights.set(key, { landed, land });
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
  }

  landAll(): void {
    for (const key of [...this.#flights.keys()]) this.land(key);
  }
}
