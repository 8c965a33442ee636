/** Where a part file and its companions are. */
export interface PartPaths {
  readonly part: string;
  readonly mark: string;
  readonly lock: string;
  /** Every path that the whole may have. */
  readonly targets: readonly string[];
}

/** The names beside `path` for what goes to one of `targets`. */
export function pathsBeside(path: string, targets: readonly string[]): PartPaths {
  return { part: `${path}.part`, mark: `${path}.part.json`, lock: `${path}.part.lock`, targets };
}
