import { firstValueFrom, of } from 'rxjs';
import { saveVideo } from '../../src/download/to-file/save-video.js';
import { createClient, fetchTransport } from '../../src/index.js';

/** Saves `url` to `path`, tells what happens line by line, and how much memory it took. */
const [url = '', path = ''] = process.argv.slice(2);
const transport = fetchTransport();
const task = { provider: 'cometapi', id: 'task_1' };
const client = createClient({
  watch: () => of({ task, status: 'completed' as const, providerStatus: '', videoUrl: url }),
  read: async () => ({ task, status: 'completed' as const, providerStatus: '', videoUrl: url }),
  content: async (_task, { url = '', range, ifRange } = {}) => {
    const headers = { ...(range && { range }), ...(ifRange && { 'if-range': ifRange }) };
    return firstValueFrom(transport.open({ method: 'GET', url, headers, template: '', maxBodyBytes: 1 }));
  },
});

const say = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);
let told = 0;
say({ kind: 'began', rss: process.memoryUsage().rss });
saveVideo(client, task, path, { retry: { giveUpAfterMs: 5_000, initialMs: 10, maxMs: 50 } }).subscribe({
  next: (event) => {
    if (event.kind === 'saved' || told++ % 50 === 0) say(event);
  },
  error: (error) => say({ kind: 'failed', code: error.code, message: error.message }),
  complete: () => say({ kind: 'ended', maxRss: process.resourceUsage().maxRSS * 1_024 }),
});
