/**
 * 64 bits of FNV-1a in hex, as two halves that start differently. It tells what is new from what was said before; it
 * proves nothing against somebody who makes one up.
 */
export function fingerprint(text: string): string {
  let [left, right] = [0x811c9dc5, 0x01000193];
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    left = Math.imul(left ^ code, 0x01000193);
    right = Math.imul(right ^ code, 0x01000193);
  }
  return hexOf(left) + hexOf(right);
}

function hexOf(half: number): string {
  // The last characters would reach the low bits only.
  const bits = Math.imul(half ^ (half >>> 15), 0x2c1b3c6d);
  return ((bits ^ (bits >>> 13)) >>> 0).toString(16).padStart(8, '0');
}
