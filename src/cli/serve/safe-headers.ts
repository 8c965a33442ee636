/** What every answer of a board says: nothing is loaded from elsewhere, kept, guessed, framed or told to others. */
export const safeHeaders: Readonly<Record<string, string>> = Object.freeze({
  'content-security-policy': [
    "default-src 'none'",
    ...['script', 'style', 'connect', 'media', 'img'].map((kind) => `${kind}-src 'self'`),
    ...['frame-ancestors', 'base-uri', 'form-action'].map((what) => `${what} 'none'`),
  ].join('; '),
  'referrer-policy': 'no-referrer',
  'cache-control': 'private, no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
});
