import { defer, firstValueFrom, from, type SchedulerLike, throwError, timeout } from 'rxjs';
import { RushesError } from '../../errors.js';
import type { OnError } from './report.js';

/** How questions to the application are asked. */
export interface GuardSettings {
  readonly authorizeTimeoutMs: number;
  readonly scheduler: SchedulerLike;
  readonly report: OnError;
}

/** Asks the application, which may throw, reject, hang, or answer anything. */
export class Guard {
  constructor(private readonly settings: GuardSettings) {}

  /** Whether every one of `questions` is answered with `true`, and in time. All are asked, so that no denial is faster. */
  async isGranted(request: Request, questions: readonly (() => unknown)[]): Promise<boolean> {
    const answers = await Promise.all(questions.map((question) => this.ask('authorize', request, question)));
    return answers.every((answer) => answer === true);
  }

  /** What `question` answers; `undefined`, and told to whom it concerns, when it throws, rejects or takes too long. */
  async ask<T>(name: string, request: Request, question: () => T | PromiseLike<T>): Promise<T | undefined> {
    const { authorizeTimeoutMs, scheduler, report } = this.settings;
    const late = () => new RushesError('UNAVAILABLE', `${name} did not answer within ${authorizeTimeoutMs} ms`);
    const answer = defer(() => from(settled(question))).pipe(
      timeout({ first: authorizeTimeoutMs, scheduler, with: () => throwError(late) }),
    );
    try {
      return await firstValueFrom(answer);
    } catch (error) {
      report(error, request);
      return undefined;
    }
  }
}

/** A promise of its own, so that what merely looks like an Observable is no stream of answers. */
async function settled<T>(question: () => T | PromiseLike<T>): Promise<T> {
  return question();
}
