import { claim, shown } from './claim.js';
import { gatewayPage as page } from './hostile-answers.js';
import type { Chapter, Subject } from './subject.js';

/** What answers to a create mean: whether there is a task, that is, whether it costs. */
export const creating: Chapter = [
  {
    name: 'a create gives a ref that can be watched',
    check(subject) {
      for (const id of [subject.id, 'sora-2:task_01']) {
        const { task, status } = created(subject, 200, id);
        claim(
          task.provider === subject.provider.name && task.id === id,
          `a create must give the ref ${subject.provider.name}/${id}, but gives ${shown(task)}`,
        );
        claim(
          status === 'queued' || status === 'unknown' || status === 'in_progress',
          `a created task must be live, but is ${status}`,
        );
        const asked = subject.ask({ kind: 'read', task });
        claim(!('refused' in asked), `what a create gives must be readable, but is refused: ${shown(task)}`);
      }
    },
  },
  {
    name: 'an id that is none is no task',
    check(subject) {
      for (const id of ['', '.', '..', 'a\nb', 'x'.repeat(513)]) {
        mustBeOpen(subject, 200, subject.manifest.speaks.created(id), `a create with the id ${shown(id)}`);
      }
    },
  },
  {
    name: 'an id counts, also beside a 500',
    check(subject) {
      for (const status of [201, 202, 400, 409, 500, 504]) {
        const { task } = created(subject, status, subject.id);
        claim(task.id === subject.id, `HTTP ${status} with an id must give that id, but gives ${shown(task)}`);
      }
    },
  },
  {
    name: 'a certain refusal of a create says so',
    check(subject) {
      const refused = (status: number, code: string, retryable: boolean) => {
        const heard = subject.hear('create', status, own(subject));
        subject.mustBeProblem(heard, code, retryable, `the API's own ${status} to a create`);
      };
      refused(401, 'UNAUTHORIZED', false);
      refused(429, 'RATE_LIMITED', true);
      for (const status of [400, 402, 403, 404, 422, 451]) refused(status, 'REJECTED', false);
    },
  },
  {
    name: 'what may have made a task is CREATE_AMBIGUOUS',
    check(subject) {
      for (const status of [408, 409, 425, 499, 500, 502, 503, 504, 524]) {
        for (const body of [own(subject), page, '']) mustBeOpen(subject, status, body);
      }
      for (const body of ['', 'null', '[]', '{}', 'OK', page, own(subject)]) mustBeOpen(subject, 200, body);
    },
  },
  {
    name: 'a refusal that is not of the API is CREATE_AMBIGUOUS',
    check(subject) {
      for (const status of [400, 401, 403, 404, 429]) {
        for (const body of [page, '', 'Forbidden', '{}', '{"path":"/v1"}']) mustBeOpen(subject, status, body);
      }
    },
  },
  {
    name: 'a redirected create is REJECTED',
    check(subject) {
      for (const status of [301, 302, 303, 307, 308]) {
        const heard = subject.hear('create', status, '', { location: 'https://elsewhere.test/' });
        subject.mustBeProblem(heard, 'REJECTED', false, `HTTP ${status} to a create`);
      }
    },
  },
];

function created(subject: Subject, status: number, id: string) {
  const body = subject.manifest.speaks.created(id);
  const heard = subject.hear('create', status, body);
  claim(
    heard.kind === 'snapshot',
    `HTTP ${status} ${shown(body)} to a create must be a snapshot, but was heard as ${shown(heard)}`,
  );
  return heard.snapshot;
}

function mustBeOpen(
  subject: Subject,
  status: number,
  body: unknown,
  answer = `HTTP ${status} ${shown(body)} to a create`,
) {
  subject.mustBeProblem(subject.hear('create', status, body), 'CREATE_AMBIGUOUS', false, answer);
}

function own(subject: Subject): unknown {
  return subject.manifest.speaks.problem('conformance', 'The create was not to our liking.');
}
