/** What is being noted in a ledger: who reads it, or closes it, waits for that. */
export class Noting {
  readonly #notes = new Set<Promise<void>>();

  /** Notes, and keeps it in mind until it is done. */
  track(note: () => Promise<void>): Promise<void> {
    const noting = note().finally(() => this.#notes.delete(noting));
    this.#notes.add(noting);
    return noting;
  }

  /** Resolves when all that is being noted now is done, or has failed. */
  async done(): Promise<void> {
    await Promise.allSettled(this.#notes);
  }
}
