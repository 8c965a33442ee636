import { writeSync } from 'node:fs';
import { connect } from '@nats-io/transport-node';
import { createFleet } from '../../../src/fleet/index.js';
import { cometapi, pollEvery } from '../../../src/index.js';

/** A worker as a user runs it, on one machine of many. It is stopped and killed at any moment. */
const [port = '', url = '', key = '', settings = '{}'] = process.argv.slice(2);
const say = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`);

const connection = await connect({
  port: Number(port),
  maxReconnectAttempts: -1,
  reconnectTimeWait: 200,
  waitOnFirstConnect: true,
});

/** How often the news of another worker came first: by the server's answers to this one. */
let refused = 0;
const ask = connection.request.bind(connection);
connection.request = async (...question) => {
  const answer = await ask(...question);
  if (answer.data.length < 512 && /"err_code":(10071|10164)\b/.test(answer.string())) refused++;
  return answer;
};

const fleet = createFleet({
  connection,
  provider: cometapi({ apiKey: key, baseUrl: `${url}/cometapi` }),
  cadence: pollEvery(1_500),
  // The studio may see the end of a broken read late: the next one does not come at once.
  retry: { initialMs: 800, maxMs: 2_000 },
  random: () => 0.5 + Math.random() / 2,
  fetch: (address, init) =>
    fetch(address, { ...init, headers: { ...(init.headers as object), 'x-sent': String(Date.now()) } }),
  ...JSON.parse(settings),
});

const over = new AbortController();
process.once('SIGTERM', () => over.abort());
say({ kind: 'ready' });
fleet.work({ concurrency: 32, signal: over.signal }).subscribe({
  next: (figures) => say({ kind: 'figures', figures, refused }),
  error: (error: unknown) => {
    say({ kind: 'failed', error: String(error) });
    process.exit(1);
  },
  complete: async () => {
    await connection.close();
    process.exit();
  },
});
