import { merge } from 'rxjs';
import { wakeOnOnline, wakeOnVisible } from '../../../src/browser.js';
import { cometapi, createClient, pollEvery, type TaskRef } from '../../../src/index.js';
import { type RemoteOptions, remote } from '../../../src/sse/index.js';

/** What a watch in this page has said. */
export interface Seen {
  readonly statuses: string[];
  end?: string;
}

declare global {
  interface Window {
    overGateway(url: string, task: TaskRef, options?: RemoteOptions): Seen;
    create(url: string, prompt: string, options?: RemoteOptions): Promise<string>;
    overProvider(baseUrl: string, id: string): Seen;
  }
}

type Watch = ReturnType<ReturnType<typeof createClient>['watch']>;

function seenOf(watch: Watch): Seen {
  const seen: Seen = { statuses: [] };
  watch.subscribe({
    next: ({ status, progress }) => seen.statuses.push(progress === undefined ? status : `${status} ${progress}`),
    error: (error: { code: string }) => {
      seen.end = error.code;
    },
    complete: () => {
      seen.end = 'complete';
    },
  });
  return seen;
}

const over = (url: string, options: RemoteOptions = {}) =>
  createClient(remote(url, { wake: merge(wakeOnOnline(), wakeOnVisible()), ...options }));

window.overGateway = (url, task, options) => seenOf(over(url, options).watch(task));
window.create = async (url, prompt, options) => {
  const made = over(url, options).create({ model: 'doubao-seedance-2-0', prompt }, { provider: 'cometapi' });
  return made.then(
    ({ task }) => task.id,
    (error: { code: string }) => error.code,
  );
};
window.overProvider = (baseUrl, id) =>
  seenOf(createClient(cometapi({ apiKey: 'any', baseUrl }), { cadence: pollEvery(20) }).watch(id));
document.body.append('ready');
