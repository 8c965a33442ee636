import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { firstValueFrom, of } from 'rxjs';
import { saveVideo } from '../../src/download/to-file/save-video.js';
import { createClient, fetchTransport } from '../../src/index.js';

/** Saves `url` to `path`, tells what happens line by line, and how much memory it took. */
const [url = '', path = '', stopAt = '', id = 'task_1'] = process.argv.slice(2);
const transport = fetchTransport();
const task = { provider: 'cometapi', id };
const client = createClient({
  watch: () => of({ task, status: 'completed' as const, providerStatus: '', videoUrl: url }),
  read: async () => ({ task, status: 'completed' as const, providerStatus: '', videoUrl: url }),
  content: async (_task, { url = '', range, ifRange } = {}) => {
    const headers = { ...(range && { range }), ...(ifRange && { 'if-range': ifRange }) };
    return firstValueFrom(transport.open({ method: 'GET', url, headers, template: '', maxBodyBytes: 1 }));
  },
});

const say = (what: object) => fs.writeSync(1, `${JSON.stringify(what)}\n`);

/** Stops this process, as a suspended container is, right before the nth call of a function that changes files. */
async function stopBefore(moment: string): Promise<void> {
  const [name = '', nth] = moment.split(':');
  const some = await fs.promises.open(process.execPath);
  const owners: object[] = [fs.promises, Object.getPrototypeOf(some)];
  await some.close();
  let calls = 0;
  for (const owner of owners) {
    const original: unknown = Reflect.get(owner, name);
    if (typeof original !== 'function') continue;
    Reflect.set(owner, name, function (this: unknown, ...args: unknown[]) {
      if (++calls === Number(nth)) {
        say({ kind: 'stopping' });
        process.kill(process.pid, 'SIGSTOP');
      }
      return original.apply(this, args);
    });
  }
  syncBuiltinESMExports();
}

let told = 0;
if (stopAt !== '') await stopBefore(stopAt);
say({ kind: 'began', rss: process.memoryUsage().rss });
saveVideo(client, task, path, { retry: { giveUpAfterMs: 5_000, initialMs: 10, maxMs: 50 } }).subscribe({
  next: (event) => {
    if (event.kind === 'saved' || told++ % 50 === 0) say(event);
  },
  error: (error) => say({ kind: 'failed', code: error.code, message: error.message }),
  complete: () => say({ kind: 'ended', maxRss: process.resourceUsage().maxRSS * 1_024 }),
});
