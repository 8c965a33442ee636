import { catchError, delay, filter, map, merge, mergeMap, type Observable, takeUntil } from 'rxjs';
import type { RushesError } from '../../errors.js';
import { retryTransient } from '../../operators/retry-transient.js';
import type { FleetContext } from '../fleet-context.js';
import { natsTrouble } from '../nats-trouble.js';
import { type Settled, settle } from '../streams/settle.js';
import type { Fence } from './fence.js';
import { EXPIRES_MS, type Pulled, pull } from './pull.js';
import { Seats } from './seats.js';

/** A message of one consumer, and the seat that it takes. */
export interface Work {
  readonly pulled: Pulled;
  readonly provider: string;
  readonly seats: Seats;
}

/** What work is brought with. */
export interface SupplyOptions {
  /** How many seats there are, for all consumers together. */
  readonly concurrency: number;
  readonly fence: Fence;
  /** Ends it; it tells whoever comes late, too. */
  readonly stop: Observable<unknown>;
  /** Done each time that the server was found set up, before work is asked for. */
  prepare(): Promise<unknown>;
  /** Told of trouble that may pass. */
  failed(trouble: RushesError): void;
}

/** Brings what there is to do, as far as there are seats for it, from a server that is set up for it. */
export class Supply {
  readonly #seats = new Map<string, Seats>();
  #isSettled = false;
  #isAsking = false;

  constructor(
    private readonly fleet: FleetContext,
    private readonly options: SupplyOptions,
  ) {}

  /** Whether the server is set up, there, and does not refuse work. */
  get isWell(): boolean {
    return this.#isAsking && this.options.fence.isTrusted;
  }

  /** @throws `FLEET_CONFIG`; `UNAVAILABLE` when NATS is closed, or has been asked in vain for ten minutes. */
  work(): Observable<Work> {
    const { fence, stop, failed } = this.options;
    // While the server is away, no patience is lost.
    return fence.ready.pipe(
      mergeMap(() => this.#settled()),
      mergeMap((settled) => merge(...settled.map((consumer) => this.#from(consumer, settled.length)))),
      catchError((error) => {
        throw natsTrouble(error);
      }),
      // That nothing is refused, though there is nothing to do, is good news too.
      retryTransient({
        random: this.fleet.polling.random,
        onRetry: (trouble) => {
          this.#isAsking = false;
          failed(trouble);
        },
      }),
      filter((work) => work !== undefined),
      takeUntil(stop.pipe(delay(EXPIRES_MS))),
    );
  }

  async #settled(): Promise<readonly Settled[]> {
    const { manager, layout, settings, providers } = this.fleet;
    const names = providers.map(({ name }) => name);
    const settled = await settle(manager, layout, settings, names, { isFirst: !this.#isSettled });
    await this.options.prepare();
    this.#isSettled = true;
    this.#isAsking = true;
    return settled;
  }

  #from({ provider, consumer }: Settled, consumers: number): Observable<Work | undefined> {
    const { connection, layout } = this.fleet;
    const { concurrency, fence, stop } = this.options;
    const seats = this.#seats.get(consumer) ?? new Seats(Math.max(Math.floor(concurrency / consumers), 1));
    this.#seats.set(consumer, seats);
    return pull({ connection, stream: layout.pollStream, consumer, fence, room: seats, stop }).pipe(
      map((pulled) => {
        if (!pulled) return undefined;
        seats.take();
        return { pulled, provider, seats };
      }),
    );
  }
}
