import { isTerminalStatus } from '../../task/status.js';
import { claim, shown } from './claim.js';
import type { ToldFacts } from './provider-manifest.js';
import { oddityOf } from './soundness.js';
import type { Chapter, Subject } from './subject.js';

const newWord = 'dreaming-of-tomorrow';
const whatEndsNothing: ToldFacts = {
  progress: 100,
  createdAt: 1_777_385_418_000,
  completedAt: 1_777_385_485_000,
  videoUrl: 'https://cdn.test/video.mp4',
};
const error = { code: 'OutputSensitive', message: 'The video was withheld.' };
const evilLinks = [
  'javascript:alert(1)',
  'data:video/mp4;base64,AAAA',
  'file:///etc/passwd',
  'https://me:pw@cdn.test/',
];

/** What good answers mean. */
export const reading: Chapter = [
  {
    name: 'it knows the words of its API',
    check(subject) {
      for (const [word, status] of Object.entries(subject.manifest.speaks.words)) {
        const is = subject.snapshot(word);
        claim(is.status === status, `the word ${shown(word)} must mean ${status}, but means ${is.status}`);
        claim(
          is.providerStatus === word,
          `the word ${shown(word)} must be kept in providerStatus, but is ${shown(is.providerStatus)}`,
        );
      }
    },
  },
  {
    name: 'a new word is live, and kept',
    check(subject) {
      for (const word of [newWord, 'constructor', '__proto__', '']) {
        const { status, providerStatus } = subject.snapshot(word);
        claim(status === 'unknown', `the new word ${shown(word)} must mean unknown, but means ${status}`);
        claim(
          providerStatus === word,
          `the new word ${shown(word)} must be kept in providerStatus, but is ${shown(providerStatus)}`,
        );
      }
    },
  },
  {
    name: 'an error beside a live word is no failure',
    check: (subject) => staysLive(subject, { error }),
  },
  {
    name: 'progress, times and links complete nothing',
    check: (subject) => staysLive(subject, whatEndsNothing),
  },
  {
    name: 'an error beside a completed word takes nothing away',
    check(subject) {
      const { status } = subject.snapshot(subject.word('completed'), { error });
      claim(status === 'completed', `a completed task with an error must be completed, but is ${status}`);
    },
  },
  {
    name: 'a failed task has a reason',
    check(subject) {
      for (const facts of [{}, { error }, { error: { code: '', message: '' } }]) {
        const is = subject.snapshot(subject.failedWord, facts);
        claim(
          'error' in is && typeof is.error.message === 'string' && is.error.message.trim() !== '',
          `a failed task must have an error with a message, also where none is given, but is ${shown(is)}`,
        );
      }
    },
  },
  {
    name: 'what its API says is heard',
    check(subject) {
      const completed = subject.word('completed');
      mustHear(subject, subject.liveWord, { progress: 40 });
      mustHear(subject, subject.liveWord, { createdAt: 1_777_385_418_000 });
      mustHear(subject, completed, { completedAt: 1_777_385_485_000 });
      mustHear(subject, completed, { videoUrl: 'https://cdn.test/video.mp4?X-Expires=86400&X-Signature=0a1b' });
      mustHear(subject, subject.failedWord, { error });
    },
  },
  {
    name: 'only safe links are kept',
    check(subject) {
      for (const videoUrl of evilLinks) {
        const is = subject.snapshot(subject.word('completed'), { videoUrl });
        claim(!('videoUrl' in is), `the link ${shown(videoUrl)} must not be kept, but is ${shown(is)}`);
      }
    },
  },
  {
    name: 'a snapshot is about the task that was asked for',
    check(subject) {
      const { provider, id } = subject.snapshot(subject.liveWord).task;
      claim(
        provider === subject.provider.name && id === subject.id,
        `a snapshot must be about ${subject.provider.name}/${subject.id}, but is about ${shown({ provider, id })}`,
      );
    },
  },
  {
    name: "another task's answer is no snapshot",
    check(subject) {
      const theirs = subject.told(subject.word('completed'), {}, 'task_of-somebody-else');
      // Some APIs do not say whom they speak of.
      if (JSON.stringify(theirs) === JSON.stringify(subject.told(subject.word('completed')))) return;
      subject.mustBeProblem(subject.hear('read', 200, theirs), 'BAD_RESPONSE', true, "another task's answer");
    },
  },
  {
    name: 'a snapshot is frozen plain JSON',
    check(subject) {
      for (const [word, status] of Object.entries(subject.manifest.speaks.words)) {
        const is = subject.snapshot(word, { ...whatEndsNothing, ...(isTerminalStatus(status) && { error }) });
        const oddity = oddityOf({ kind: 'snapshot', snapshot: is, body: undefined }, subject.operation('read'));
        claim(oddity === undefined, `a snapshot must be sound, but ${oddity}: ${shown(is)}`);
        claim(
          [is, is.task, ...('error' in is ? [is.error] : [])].every(Object.isFrozen),
          `a snapshot must be frozen, with its task and its error, but is not: ${shown(is)}`,
        );
      }
    },
  },
  {
    name: 'it hears the same answer twice alike',
    check(subject) {
      const bodies = [subject.told(subject.liveWord, whatEndsNothing), subject.manifest.speaks.problem('c', 'm')];
      for (const body of bodies) {
        for (const status of [200, 500]) {
          const [first, second] = [1, 2].map(() => JSON.stringify(subject.hear('read', status, body)));
          claim(first === second, `an answer must mean the same twice, but was ${shown(first)}, then ${shown(second)}`);
        }
      }
    },
  },
];

function staysLive(subject: Subject, facts: ToldFacts): void {
  for (const [word, expected] of Object.entries(subject.manifest.speaks.words)) {
    if (isTerminalStatus(expected)) continue;
    const { status } = subject.snapshot(word, facts);
    claim(
      status === expected,
      `only status decides: ${shown(word)} with ${shown(facts)} must be ${expected}, but is ${status}`,
    );
  }
}

/** What the API has no place for cannot be heard: then the fact changes nothing in the body. */
function mustHear(subject: Subject, word: string, facts: ToldFacts): void {
  const isSaid = JSON.stringify(subject.told(word, facts)) !== JSON.stringify(subject.told(word));
  if (!isSaid) return;
  const is: object = subject.snapshot(word, facts);
  for (const [name, value] of Object.entries(facts)) {
    const heard: unknown = Reflect.get(is, name);
    const isSame = typeof value !== 'object' ? heard === value : shown(sorted(heard)) === shown(sorted(value));
    claim(isSame, `${name} must be heard as ${shown(value)}, but is ${shown(heard)}`);
  }
}

function sorted(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? Object.entries(value).sort() : value;
}
