/**
 * A stream of numbers in [0, 1) that is the same for the same seed (mulberry32).
 *
 * @param seed - a number, or any text, so that a request or a task can have a stream of its own
 */
export function createRandom(seed: number | string): () => number {
  let state = hashOf(String(seed));
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** A number in [from, to). */
export function between(random: () => number, from: number, to: number): number {
  return from + random() * (to - from);
}

/** One of the `choices`, of which there is at least one. */
export function oneOf<T>(random: () => number, choices: readonly [T, ...T[]]): T {
  return choices[Math.floor(random() * choices.length)] ?? choices[0];
}

/** `length` characters of `alphabet`, such as the tail of an id. */
export function letters(random: () => number, length: number, alphabet = '0123456789abcdef'): string {
  return Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join('');
}

/** FNV-1a: spreads similar seeds, such as the ids of neighbouring tasks. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
