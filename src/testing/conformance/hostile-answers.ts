import { createRandom, oneOf } from '../random.js';
import type { Subject } from './subject.js';

/** A text, and the HTTP statuses it comes with. */
export interface HostileAnswer {
  readonly statuses: readonly number[];
  readonly text: string;
}

/** What stands before an API says when the API is not there. */
export const gatewayPage = '<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>nginx</body></html>';

const SEED = 'rushes';
const MUTATIONS = 400;
const allStatuses = [0, 100, 200, 201, 204, 206, 300, 304, 400, 401, 404, 408, 418, 429, 499, 500, 503, 599, 600, 999];
const fewStatuses = [200, 404, 500];

const strangeTexts = [
  ...['', ' \n', '\ufeff', 'null', 'true', '0', '-0', '1e999', '"text"', '[]', '[[]]', '[{}]', '{}', '{', '{"', 'OK'],
  ...['<html>', '<?xml version="1.0"?><Error/>', '<title>', '\u0000', '\ud800', '\u202e\u001b[2J', 'data:,x'],
  ...['{"__proto__":{"status":"completed"}}', '{"constructor":{"prototype":{"status":"completed"}}}', '{"data":null}'],
  ...['{"error":"no"}', '{"error":["no"]}', '{"error":{"message":7}}', '{"code":"success","data":{}}', '{"detail":[]}'],
];

const strangeValues: readonly [unknown, ...unknown[]] = [
  null,
  ...[true, false, 0, -1, 250, 1e15, 1e300, -1e300, '', ' ', 'null', 'NaN', '1e999', '٣', 'constructor', '__proto__'],
  ...['toString', 'completed', 'failed', 'javascript:alert(1)', 'data:video/mp4;base64,AAAA', '\u0000\u202e'],
  ...['x'.repeat(5_000), `https://cdn.test/${'x'.repeat(9_000)}`, [], {}, [[]], [{}], { message: {} }, { toString: 1 }],
];

/** The same answers in every run: texts of every form, monsters, and the API's own bodies with something wrong in them. */
export function hostileAnswers(subject: Subject): readonly HostileAnswer[] {
  const random = createRandom(SEED);
  const { speaks } = subject.manifest;
  const facts = {
    progress: 50,
    createdAt: 1_777_385_418_000,
    completedAt: 1_777_385_485_000,
    videoUrl: 'https://cdn.test/video.mp4',
    error: { code: 'c', message: 'm' },
  };
  const models: readonly [string, ...string[]] = [
    JSON.stringify(subject.told(subject.liveWord, facts)),
    ...Object.keys(speaks.words).map((word) => JSON.stringify(subject.told(word, facts))),
    JSON.stringify(speaks.created(subject.id)),
    JSON.stringify(speaks.problem('c', 'm')),
  ];
  const mutants = Array.from({ length: MUTATIONS }, (_, nth): HostileAnswer => {
    const model = oneOf(random, models);
    const text = nth % 8 === 0 ? model.slice(0, Math.floor(random() * model.length)) : mutated(model, random);
    return { statuses: nth % 4 === 0 ? fewStatuses : [200], text };
  });
  return [
    ...strangeTexts.map((text) => ({ statuses: allStatuses, text })),
    ...models.map((text) => ({ statuses: allStatuses, text })),
    ...mutants,
    ...monsters(models).map((text) => ({ statuses: fewStatuses, text })),
  ];
}

/** The body with one to three of its values replaced or left out, wherever they stand. */
function mutated(model: string, random: () => number): string {
  const body: unknown = JSON.parse(model);
  for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--) mutate(body, random);
  return JSON.stringify(body);
}

function mutate(holder: unknown, random: () => number): void {
  if (typeof holder !== 'object' || holder === null) return;
  const [first, ...others] = Object.keys(holder);
  if (first === undefined) return;
  const key = oneOf(random, [first, ...others]);
  const inner: unknown = Reflect.get(holder, key);
  if (typeof inner === 'object' && inner !== null && random() < 0.6) mutate(inner, random);
  else if (random() < 0.15) Reflect.deleteProperty(holder, key);
  else Reflect.set(holder, key, structuredClone(oneOf(random, strangeValues)));
}

const DEPTH = 20_000;
const MANY = 25_000;

/** Bodies that parse well, and then break what walks, keeps or matches them. */
function monsters([model]: readonly [string, ...string[]]): readonly string[] {
  const open = model.slice(0, -1);
  const long = 'x '.repeat(100_000);
  return [
    '['.repeat(DEPTH) + ']'.repeat(DEPTH),
    `${open},"metadata":${'{"a":'.repeat(DEPTH)}1${'}'.repeat(DEPTH)}}`,
    `${open},"list":[${'0,'.repeat(MANY)}0]}`,
    `${open},${Array.from({ length: MANY }, (_, nth) => `"k${nth}":1`).join()}}`,
    `${open},"status":${JSON.stringify(long)}}`,
    `${open},"error":{"message":${JSON.stringify(long)}}}`,
    `{"error":{"code":${JSON.stringify(long)},"message":${JSON.stringify(`{${long}`)}}}`,
    long,
    '<title'.repeat(MANY),
  ];
}
