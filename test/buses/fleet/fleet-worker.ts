import { writeSync } from 'node:fs';
import { connect } from '@nats-io/transport-node';
import { createFleet } from '../../../src/fleet/index.js';
import { cometapi, pollEvery } from '../../../src/index.js';

/** A worker as a process, to be stopped, blocked and killed. What it is to be is in its first argument. */
export interface WorkerOrder {
  readonly port: number;
  readonly baseUrl: string;
  readonly apiKey: string;
  readonly name: string;
  readonly requestTimeoutMs: number;
  readonly cadenceMs: number;
  /** Dies by its own hand at its first request whose subject or payload has this in it. */
  readonly diesAt?: string;
  /** Only once the request was answered. */
  readonly diesAfter?: boolean;
}

const order = JSON.parse(process.argv[2] ?? '') as WorkerOrder;
const { port, baseUrl, apiKey, name, requestTimeoutMs, cadenceMs, diesAt, diesAfter = false } = order;
const connection = await connect({ port, maxReconnectAttempts: -1, reconnectTimeWait: 50, reconnectJitter: 0 });
const ask = connection.request.bind(connection);
connection.request = async (subject, payload, options) => {
  const isTheEnd = diesAt !== undefined && `${subject} ${payload}`.includes(diesAt);
  if (isTheEnd && !diesAfter) process.kill(process.pid, 'SIGKILL');
  const answer = await ask(subject, payload, options);
  if (isTheEnd) process.kill(process.pid, 'SIGKILL');
  return answer;
};
process.on('message', (blockedMs: number) => {
  const untilMs = performance.now() + blockedMs;
  while (performance.now() < untilMs);
});

const provider = cometapi({ apiKey, baseUrl });
createFleet({ connection, provider, name, requestTimeoutMs, cadence: pollEvery(cadenceMs) })
  .work({ concurrency: 8 })
  .subscribe({
    next: (figures) => writeSync(1, `${JSON.stringify(figures)}\n`),
    error: (error) => writeSync(1, `{"error":${JSON.stringify(error)}}\n`),
  });
writeSync(1, '{"ready":true}\n');
