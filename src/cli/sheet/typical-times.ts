/** How long the completed tasks of each model took. */
export class TypicalTimes {
  readonly #byModel = new Map<string, number[]>();

  /** Notes a task that took `ms`. */
  add(model: string, ms: number): void {
    const times = this.#byModel.get(model) ?? [];
    const place = times.findIndex((time) => time > ms);
    times.splice(place < 0 ? times.length : place, 0, ms);
    this.#byModel.set(model, times);
  }

  /** The median, in milliseconds; `undefined` until one has completed. */
  of(model: string): number | undefined {
    const times = this.#byModel.get(model) ?? [];
    const [low, high] = [times[(times.length - 1) >> 1], times[times.length >> 1]];
    return low === undefined || high === undefined ? undefined : (low + high) / 2;
  }
}
