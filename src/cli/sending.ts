import { BehaviorSubject, defer, delay, filter, type Observable, tap } from 'rxjs';

/** Something that is sent when `made` is subscribed to, and what an interruption has to know of it. */
export interface Sending<T> {
  readonly made: Observable<T>;
  /** It was sent, and has no answer yet. */
  isOnItsWay(): boolean;
  /** Emits when there is an answer, a moment after `made` has told it. */
  readonly answered: Observable<unknown>;
}

/** Follows how far `made` has come. */
export function sending<T>(made: Observable<T>): Sending<T> {
  const state = new BehaviorSubject<'unsent' | 'on its way' | 'answered'>('unsent');
  const answered = () => state.next('answered');
  return {
    made: defer(() => {
      state.next('on its way');
      return made.pipe(tap({ next: answered, error: answered }));
    }),
    isOnItsWay: () => state.value === 'on its way',
    answered: state.pipe(
      filter((now) => now === 'answered'),
      delay(0),
    ),
  };
}
