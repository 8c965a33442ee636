import type { HttpRequest, Operation } from '../../providers/provider.js';
import { idProblem } from '../../task/ref.js';
import { claim, shown } from './claim.js';
import { showsKey } from './key-search.js';
import type { Chapter, Subject } from './subject.js';

/** Ids that mean something in an address, and ids that are none. */
const strangeIds = [
  ...[
    'a/b',
    '../x',
    '..%2f',
    '%2e%2e',
    'a?b=c',
    'a#b',
    'sora-2:task_01',
    ' ',
    'a b',
    '\\',
    '//evil.test/',
    '@evil.test',
  ],
  ...['ö', '✓', '😀', 'a+b', 'a&b', 'a;b', '"', '{}', '*', '>', '%', '%zz', 'x'.repeat(512)],
];
const noIds = ['', '.', '..', 'a\nb', '\u0000', '\u007f', '\ud800', 'x'.repeat(513), 7 as unknown as string];
const credentials = /^(?:authorization|proxy-authorization|cookie|(?:x-)?api-?key)$/i;

const about = ['read', 'cancel', 'content'] as const satisfies Operation['kind'][];
const supportedAbout = ({ kinds }: Subject) => about.filter((kind) => kinds.includes(kind));

/** How requests are worded. */
export const asking: Chapter = [
  {
    name: 'it words the same operation twice alike',
    check(subject) {
      for (const kind of subject.kinds) {
        const [first, second] = [subject.request(kind), subject.request(kind)].map(wordsOf);
        claim(first === second, `a ${kind} must be worded alike twice, but was ${shown(first)}, then ${shown(second)}`);
      }
    },
  },
  {
    name: 'its requests carry no key',
    check(subject) {
      for (const kind of subject.kinds) {
        const request = subject.request(kind);
        const header = Object.keys(request.headers).find((name) => credentials.test(name));
        claim(header === undefined, `a ${kind} must leave credentials to the client, but has the header ${header}`);
        claim(!showsKey(wordsOf(request), subject.manifest.apiKey), `a ${kind} must not carry the key, but does`);
      }
    },
  },
  {
    name: 'its requests stay at its own address',
    check(subject) {
      const { baseUrl } = subject.provider;
      for (const kind of subject.kinds) {
        const { url } = subject.request(kind);
        claim(
          url.startsWith(`${baseUrl}/`),
          `the address of a ${kind} must begin with ${baseUrl}/, but is ${shown(url)}`,
        );
      }
    },
  },
  {
    name: 'an id is one segment of an address, or refused',
    check(subject) {
      for (const kind of supportedAbout(subject)) {
        const plain = anatomy(subject.request(kind, 'plain-id'), 'plain-id');
        claim(plain.includes('{id}'), `the address of a ${kind} must hold the id, but is ${shown(plain)}`);
        for (const id of strangeIds) {
          const asked = subject.ask(subject.operation(kind, id));
          const is = 'refused' in asked ? asked.refused : anatomy(asked, id);
          claim(
            is === plain || is === 'INVALID_ARGUMENT',
            `the id ${shown(id)} must be one segment of the address of a ${kind}, ${plain}, but gives ${shown(is)}`,
          );
        }
      }
    },
  },
  {
    name: 'what is no id is refused',
    check(subject) {
      for (const kind of supportedAbout(subject)) {
        for (const id of noIds) {
          const asked = subject.ask(subject.operation(kind, id));
          claim(
            'refused' in asked && asked.refused === 'INVALID_ARGUMENT',
            `${shown(id)} must be refused as INVALID_ARGUMENT (an id is ${idProblem(id)}), but gives ${shown(asked)}`,
          );
        }
      }
    },
  },
  {
    name: 'a read is a GET without a body',
    check(subject) {
      const { method, body } = subject.request('read');
      claim(method === 'GET' && body === undefined, `a read must be a GET without a body, but is a ${method}`);
    },
  },
  {
    name: 'a create is a POST that says model and prompt',
    check(subject) {
      const { model, prompt } = subject.manifest.input;
      const { method, body = '' } = subject.request('create');
      const said = typeof body === 'string' ? body : JSON.stringify(body);
      claim(method === 'POST', `a create must be a POST, but is a ${method}`);
      for (const text of [model, prompt]) {
        claim(
          said.includes(JSON.stringify(text).slice(1, -1)),
          `a create must say ${shown(text)}, but says ${shown(said)}`,
        );
      }
    },
  },
  {
    name: 'a create without a model or a prompt is refused',
    check(subject) {
      for (const field of ['model', 'prompt'] as const) {
        const asked = subject.ask({ kind: 'create', input: { ...subject.manifest.input, [field]: '' } });
        claim(
          'refused' in asked && asked.refused === 'INVALID_ARGUMENT',
          `a create without a ${field} must be INVALID_ARGUMENT, but gives ${shown(asked)}`,
        );
      }
    },
  },
  {
    name: 'its templates name no task',
    check(subject) {
      for (const kind of subject.kinds) {
        const { template } = subject.request(kind);
        claim(
          template.startsWith('/') && !template.includes(subject.id),
          `the template of a ${kind} must be a path without the id, such as /v1/videos/{id}, but is ${shown(template)}`,
        );
      }
    },
  },
  {
    name: 'cancel and content are worded, or UNSUPPORTED',
    check(subject) {
      for (const kind of ['cancel', 'content'] as const) {
        const asked = subject.ask(subject.operation(kind));
        const is = 'refused' in asked ? asked.refused : 'worded';
        const expected = subject.kinds.includes(kind) ? 'worded' : 'UNSUPPORTED';
        claim(is === expected, `a ${kind} must be ${expected}, as supports says, but is ${is}`);
      }
    },
  },
];

/** A request as text; Blobs in it count by size. */
function wordsOf(request: HttpRequest): string {
  return JSON.stringify(request, (_, value) => (value instanceof Blob ? `${value.type} of ${value.size}` : value));
}

/** How an address looks to its server, with the id's place marked. */
function anatomy({ url }: HttpRequest, id: string): string {
  const { origin, pathname, searchParams, hash } = new URL(url);
  const parts = pathname.split('/').map((part) => (decoded(part) === id ? '{id}' : part));
  const query = Array.from(searchParams, ([name, value]) => `${name}=${value === id ? '{id}' : value}`);
  return `${origin}${parts.join('/')}${query.length > 0 ? `?${query.join('&')}` : ''}${hash}`;
}

function decoded(part: string): string | undefined {
  try {
    return decodeURIComponent(part);
  } catch {
    return undefined;
  }
}
