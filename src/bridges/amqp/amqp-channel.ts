import { checkFunctions, invalidArgument, messageOf, RushesError } from '../../errors.js';

/** What is heard of a channel of amqplib. */
export interface AmqpEvents {
  /** Listens for the end of the channel. */
  on(event: 'close', listener: () => void): unknown;
  /** Listens for why it ends. */
  on(event: 'error', listener: (error: Error) => void): unknown;
  /** Listens no more. */
  removeListener(event: 'close', listener: () => void): unknown;
  /** Listens no more. */
  removeListener(event: 'error', listener: (error: Error) => void): unknown;
}

/** The longest of what AMQP calls a short string: names, routing keys, message ids. */
export const MAX_SHORT_BYTES = 255;

/** @throws `INVALID_ARGUMENT` naming what is wrong. */
export function checkAmqp(label: string, channel: object, method: string, exchange: unknown): void {
  if (typeof channel !== 'function') {
    const given = Object(channel);
    if (!(method in given))
      throw invalidArgument(`${label}(channel)`, 'a channel, or a function that opens one', channel);
    checkFunctions({ [`channel.${method}`]: given[method] });
  }
  const bytes = typeof exchange === 'string' ? new TextEncoder().encode(exchange).length : 0;
  if (bytes === 0 || bytes > MAX_SHORT_BYTES)
    throw invalidArgument(`${label}.exchange`, `the name of an exchange, 1-${MAX_SHORT_BYTES} bytes`, exchange);
}

/** A channel that was given as it is cannot be had again. */
export function closedForGood(label: string, cause: unknown, retryable: boolean): RushesError {
  const message = `the channel is lost, give ${label} a function that opens one: ${messageOf(cause)}`;
  return new RushesError('UNAVAILABLE', message, { retryable, cause });
}
