/** Which frame an arrow leads to from the one at `index`; `undefined` for other keys, and at the sheet's edge. */
export function neighbour(key: string, index: number, count: number, columns: number): number | undefined {
  const target = targets[key]?.(index, count, columns);
  return target !== undefined && target >= 0 && target < count && target !== index ? target : undefined;
}

const targets: Readonly<Record<string, (index: number, count: number, columns: number) => number>> = {
  ArrowLeft: (index) => index - 1,
  ArrowRight: (index) => index + 1,
  ArrowUp: (index, _, columns) => index - columns,
  // From the last whole row one comes to the end of the one that is not.
  ArrowDown: (index, count, columns) =>
    index + columns < count || Math.floor(index / columns) === Math.floor((count - 1) / columns)
      ? index + columns
      : count - 1,
  Home: () => 0,
  End: (_, count) => count - 1,
};
