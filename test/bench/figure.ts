/** One line of the table: how much one thing takes of what another takes, in the same run. */
export interface Figure {
  readonly metric: string;
  readonly what: string;
  readonly against: string;
  readonly measured: number;
  /** At most this much is wanted; without one the figure only explains another. */
  readonly goal?: number;
  readonly stretch?: number;
  /** @defaultValue a ratio */
  readonly unit?: 'KB';
}

/** The middle one, or the mean of the middle two. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Measures all sides in turn, A B A B, so that whatever else the machine does concerns them alike; their medians. */
export async function inTurn<Side extends string>(
  rounds: number,
  sides: readonly Side[],
  measure: (side: Side) => number | Promise<number>,
): Promise<Readonly<Record<Side, number>>> {
  const taken = new Map<Side, number[]>(sides.map((side) => [side, []]));
  for (let round = 0; round < rounds; round++) {
    for (const side of sides) taken.get(side)?.push(await measure(side));
  }
  return Object.fromEntries([...taken].map(([side, values]) => [side, median(values)])) as Record<Side, number>;
}
