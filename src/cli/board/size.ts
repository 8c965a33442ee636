const units = ['B', 'kB', 'MB', 'GB', 'TB'] as const;

/** A number of bytes for people, such as `23.4 MB`. */
export function sizeOf(bytes: number): string {
  const step = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1);
  return `${(bytes / 1_000 ** step).toFixed(step === 0 ? 0 : 1)} ${units[step]}`;
}
