import { Observable, Subject } from 'rxjs';
import type { RushesError } from '../errors.js';
import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';

/** Where a request goes, without anything secret: no query, no headers, no id. */
export interface RequestLine {
  readonly method: string;
  readonly origin: string;
  /** Such as `/v1/videos/{id}`. */
  readonly path: string;
}

/**
 * What a client does, for logs, metrics and traces.
 *
 * | kind | when |
 * |---|---|
 * | `asked` | a status request starts |
 * | `answered` | its answer was understood; `ageSeconds` when a cache on the way served it |
 * | `retrying` | passing trouble; asked again after `waitMs` |
 * | `throttled` | the server asked everyone with this key to pause for `pauseMs` |
 * | `waiting` | the next poll of the task comes after `waitMs` |
 * | `woken` | a wake ended the task's wait |
 * | `lost` | the polling of a task ended in an error, or its deadline came |
 * | `created` | a create answered with its task |
 * | `ambiguous` | a create may or may not have made a task |
 * | `ledger-failed` | the ledger could not note something; `task` is the task that is in no ledger now |
 */
export type Activity =
  | { readonly kind: 'asked'; readonly task: TaskRef; readonly request: RequestLine }
  | {
      readonly kind: 'answered';
      readonly task: TaskRef;
      readonly status: number;
      readonly snapshot: Snapshot;
      readonly ageSeconds?: number;
    }
  | { readonly kind: 'retrying'; readonly task: TaskRef; readonly error: RushesError; readonly waitMs: number }
  | { readonly kind: 'throttled'; readonly provider: string; readonly origin: string; readonly pauseMs: number }
  | { readonly kind: 'waiting'; readonly task: TaskRef; readonly waitMs: number }
  | { readonly kind: 'woken'; readonly task: TaskRef }
  | { readonly kind: 'lost'; readonly task: TaskRef; readonly error: RushesError }
  | { readonly kind: 'created'; readonly task: TaskRef; readonly snapshot: Snapshot }
  | { readonly kind: 'ambiguous'; readonly provider: string; readonly error: RushesError }
  | {
      readonly kind: 'ledger-failed';
      readonly provider: string;
      readonly task?: TaskRef;
      readonly error: RushesError;
    };

/** Tells whoever listens what a client does; costs nothing while nobody does. */
export class Reporter {
  readonly #activity = new Subject<Activity>();
  /** Not `asObservable()`: that would show the listeners, in circles, to whoever stringifies a client. */
  readonly activity = new Observable<Activity>((listener) => this.#activity.subscribe(listener));

  report(activity: () => Activity): void {
    if (this.#activity.observed) this.#activity.next(Object.freeze(activity()));
  }
}
