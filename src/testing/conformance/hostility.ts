import type { Operation } from '../../providers/provider.js';
import { claim, shown } from './claim.js';
import { hostileAnswers } from './hostile-answers.js';
import { showsKey } from './key-search.js';
import { oddityOf } from './soundness.js';
import type { Chapter, Subject } from './subject.js';

/** What no answer may do, whoever sent it. */
export const hostility: Chapter = [
  { name: 'whatever answers a read is a sound snapshot or a problem', check: (subject) => lives(subject, 'read') },
  { name: 'whatever answers a create is a sound snapshot or a problem', check: (subject) => lives(subject, 'create') },
  {
    name: 'whatever answers a cancel or content request is done or a problem',
    applies: ({ supports }) => supports.cancel || supports.content,
    check(subject) {
      for (const kind of subject.kinds) if (kind === 'cancel' || kind === 'content') lives(subject, kind);
    },
  },
  {
    name: 'a problem is told without secrets',
    check(subject) {
      const { apiKey, speaks } = subject.manifest;
      const echo = `no such task; you sent Authorization: Bearer ${apiKey} to https://me:${encodeURIComponent(apiKey)}@api.test/v1?key=${apiKey}`;
      const location = { location: `https://elsewhere.test/v1?key=${apiKey}` };
      for (const kind of subject.kinds) {
        for (const status of [200, 302, 400, 401, 404, 429, 500]) {
          for (const body of [speaks.problem('echo', echo), `<title>${echo}</title>`, echo]) {
            const heard = subject.hear(kind, status, body, location);
            const told = heard.kind === 'problem' ? heard.message : '';
            claim(
              !showsKey(told, apiKey),
              `a message must be scrubbed of bearer tokens and queries, but is ${shown(told)}`,
            );
          }
        }
      }
    },
  },
  {
    name: 'a failure is told without secrets',
    check(subject) {
      const { apiKey } = subject.manifest;
      const message = `upstream said 401 to Authorization: Bearer ${apiKey}`;
      const snapshot = subject.snapshot(subject.failedWord, { error: { code: 'upstream', message } });
      claim(
        !showsKey(JSON.stringify(snapshot), apiKey),
        `the error of a failed task must be scrubbed of bearer tokens, but is ${shown(snapshot)}`,
      );
    },
  },
];

function lives(subject: Subject, kind: Operation['kind']): void {
  const operation = subject.operation(kind);
  for (const { statuses, text } of hostileAnswers(subject)) {
    for (const status of statuses) {
      const heard = subject.hear(kind, status, text);
      const oddity = oddityOf(heard, operation);
      claim(
        oddity === undefined,
        `HTTP ${status} ${shown(text)} to a ${kind} was heard as ${shown(heard)}: it ${oddity}`,
      );
    }
  }
}
