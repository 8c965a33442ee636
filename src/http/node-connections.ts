import { RushesError } from '../errors.js';
import { Connection, type ConnectionSettings, type Route } from './node-connection.js';

/** What a request needs of its connection. */
export interface Need extends Route {
  /** A request that must not be sent twice cannot use a connection that its server may be closing just now. */
  readonly isOnce: boolean;
}

/** A connection lent for one request. */
export interface Lent {
  readonly connection: Connection;
  /** Gives it back: to be used again when all of the answer came, else ended. */
  giveBack(isWhole: boolean): void;
}

/** The connections of a transport, those in use and, by origin, those that wait to be used again. */
export class Connections {
  readonly #settings: ConnectionSettings;
  readonly #waiting = new Map<string, Connection[]>();
  readonly #lent = new Set<Connection>();
  #isClosed = false;

  constructor(settings: ConnectionSettings) {
    this.#settings = settings;
  }

  /** @throws `INVALID_ARGUMENT` when all are closed; an error for an address that may not be connected to. */
  lend(need: Need): Lent {
    if (this.#isClosed) throw new RushesError('INVALID_ARGUMENT', 'transport: expected one that is not closed');
    const { origin } = need.target;
    // What a stranger's address led to is nothing to come back to.
    const isKept = need.mayConnect === undefined;
    const waiting = isKept && !need.isOnce ? this.#waiting.get(origin)?.pop() : undefined;
    const connection = waiting ?? new Connection(need, this.#settings, () => this.#forget(origin, connection));
    this.#lent.add(connection);
    return {
      connection,
      giveBack: (isWhole) => {
        if (!this.#lent.delete(connection)) return;
        if (isWhole && isKept) this.#keep(origin, connection);
        else connection.end();
      },
    };
  }

  /** Ends all, at once. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const all = [...this.#lent, ...[...this.#waiting.values()].flat()];
    this.#lent.clear();
    this.#waiting.clear();
    await Promise.all(
      all.map((connection) => connection.end(new RushesError('UNAVAILABLE', 'the transport was closed'))),
    );
  }

  #keep(origin: string, connection: Connection): void {
    const waiting = this.#waiting.get(origin);
    if (waiting) waiting.push(connection);
    else this.#waiting.set(origin, [connection]);
  }

  #forget(origin: string, connection: Connection): void {
    const waiting = this.#waiting.get(origin);
    const at = waiting?.indexOf(connection) ?? -1;
    if (!waiting || at < 0) return;
    waiting.splice(at, 1);
    if (waiting.length === 0) this.#waiting.delete(origin);
    connection.end();
  }
}
