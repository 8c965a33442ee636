/**
 * 64 bits of FNV-1a in hex, as two halves that start differently. It tells what is new from what was said before; it
 * proves nothing against somebody who makes one up.
 */
export function fingerprint(text: string): string {
  return half(text, 0x811c9dc5) + half(text, 0x01000193);
}

function half(text: string, start: number): string {
  let bits = start;
  for (let i = 0; i < text.length; i++) bits = Math.imul(bits ^ text.charCodeAt(i), 0x01000193);
  // The last characters would reach the low bits only.
  bits = Math.imul(bits ^ (bits >>> 15), 0x2c1b3c6d);
  return ((bits ^ (bits >>> 13)) >>> 0).toString(16).padStart(8, '0');
}
