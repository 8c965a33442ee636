/** What an idempotency key may be, in words. */
export const idempotencyKeyForm = '1-200 visible ASCII characters';

/** Whether `value` can be an idempotency key: what every header can carry. */
export function isIdempotencyKey(value: unknown): value is string {
  return typeof value === 'string' && /^[!-~]{1,200}$/.test(value);
}
