import { claim, shown } from './claim.js';
import { gatewayPage as page } from './hostile-answers.js';
import type { ProviderManifest } from './provider-manifest.js';
import type { Chapter, Subject } from './subject.js';

const hasMore = ({ supports }: ProviderManifest) => supports.cancel || supports.content;

/** What bad answers to a read mean, and whether to ask again. */
export const refusals: Chapter = [
  {
    name: '401 and 403 are UNAUTHORIZED, for good',
    check(subject) {
      for (const status of [401, 403]) mustMean(subject, status, [own(subject), page, ''], 'UNAUTHORIZED', false);
    },
  },
  {
    name: "the API's own word for an unknown task is NOT_FOUND, for good",
    check(subject) {
      const { status, body } = subject.manifest.speaks.unknownTask?.() ?? { status: 404, body: own(subject) };
      mustMean(subject, status, [body], 'NOT_FOUND', false);
    },
  },
  {
    name: 'a 404 page is UNAVAILABLE, and passes',
    check: (subject) => mustMean(subject, 404, [page, ''], 'UNAVAILABLE', true),
  },
  {
    name: '429 is RATE_LIMITED, and passes',
    check: (subject) => mustMean(subject, 429, [own(subject), page, ''], 'RATE_LIMITED', true),
  },
  {
    name: '408, 425 and 5xx are UNAVAILABLE, and pass',
    check(subject) {
      for (const status of [408, 425, 500, 502, 503, 504, 520, 524, 529]) {
        mustMean(subject, status, [own(subject), page, ''], 'UNAVAILABLE', true);
      }
    },
  },
  {
    name: 'other refusals of the API are REJECTED, for good',
    check(subject) {
      for (const status of [400, 402, 409, 422, 451]) mustMean(subject, status, [own(subject)], 'REJECTED', false);
    },
  },
  {
    name: 'a 200 without news is BAD_RESPONSE, and passes',
    check(subject) {
      const cut = JSON.stringify(subject.told(subject.liveWord)).slice(0, -1);
      mustMean(subject, 200, ['', ' ', 'null', '[]', '{}', '"ok"', cut, 'OK', own(subject)], 'BAD_RESPONSE', true);
    },
  },
  {
    name: 'a page with 200 and a redirect are BAD_RESPONSE, for good',
    check(subject) {
      mustMean(subject, 200, [page], 'BAD_RESPONSE', false);
      for (const status of [301, 302, 307, 308]) mustMean(subject, status, [page, ''], 'BAD_RESPONSE', false);
    },
  },
  {
    name: 'a cancel or content request that went well is done',
    applies: hasMore,
    check(subject) {
      for (const kind of subject.kinds.filter((each) => each === 'cancel' || each === 'content')) {
        for (const [status, body] of [
          [200, {}],
          [200, ''],
          [204, ''],
        ] as const) {
          const heard = subject.hear(kind, status, body);
          claim(heard.kind === 'done', `HTTP ${status} to a ${kind} must be done, but was heard as ${shown(heard)}`);
        }
      }
    },
  },
  {
    name: 'a cancel or content request that went wrong is a problem',
    applies: hasMore,
    check(subject) {
      for (const kind of subject.kinds.filter((each) => each === 'cancel' || each === 'content')) {
        for (const [status, code, retryable] of [
          [401, 'UNAUTHORIZED', false],
          [404, 'NOT_FOUND', false],
          [429, 'RATE_LIMITED', true],
          [502, 'UNAVAILABLE', true],
        ] as const) {
          subject.mustBeProblem(
            subject.hear(kind, status, own(subject)),
            code,
            retryable,
            `HTTP ${status} to a ${kind}`,
          );
        }
      }
    },
  },
];

function mustMean(
  subject: Subject,
  status: number,
  bodies: readonly unknown[],
  code: string,
  retryable: boolean,
): void {
  for (const body of bodies) {
    const heard = subject.hear('read', status, body);
    subject.mustBeProblem(heard, code, retryable, `HTTP ${status} ${shown(body)} to a read`);
  }
}

/** An error as the API itself words it, with a code that no dialect has a rule for. */
function own(subject: Subject): unknown {
  return subject.manifest.speaks.problem('conformance', 'The request was not to our liking.');
}
