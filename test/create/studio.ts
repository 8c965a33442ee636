import { NEVER, Observable } from 'rxjs';
import type { HttpResponse, Transport } from '../../src/index.js';
import { type Answer, provider, said } from '../watch/scripted.js';
import { type StageOptions, stage } from '../watch/stage.js';

export const input = { model: 'doubao-seedance-2-0', prompt: 'a paper plane' } as const;

/** A client before a server that answers each POST as `create` says, and each read with a task that goes on. */
export function studio(create: Answer | ((nth: number) => Answer), options: StageOptions = {}) {
  let posts = 0;
  const answer = typeof create === 'function' ? create : () => create;
  const set = stage((_, { method }) => (method === 'POST' ? answer(posts++) : said('in_progress')), options);
  return { ...set, posts: () => set.server.requests.filter(({ request }) => request.method === 'POST') };
}

/** A transport that breaks as platforms break: with a `fetch failed` around the system's word. */
export function breaking(code: string, syscall = 'connect'): Transport {
  const cause = Object.assign(new Error(`${syscall} ${code} 127.0.0.1:9`), { code });
  const send = () =>
    new Observable<HttpResponse>((to) => to.error(Object.assign(new TypeError('fetch failed'), { cause })));
  return Object.assign(send, { open: () => NEVER });
}

/** What a promise rejects with. */
export const reasonOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    (value) => ({ resolved: value }),
    (reason) => reason,
  );

export { provider };
