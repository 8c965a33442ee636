import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createSimulator, type Simulator } from '../../src/testing/index.js';

/** How slowly things go, so that there is time to be killed in the middle of them. */
const CREATE_MS = 40;
const CHUNK_BYTES = 64 * 1024;
const CHUNK_MS = 8;

export interface SlowStudio {
  readonly url: string;
  readonly sim: Simulator;
  close(): void;
}

/** CometAPI on this machine: it takes its time to answer a create, and videos come in drops. */
export async function openSlowStudio(): Promise<SlowStudio> {
  const sim = createSimulator({
    videoSizeBytes: 1_500_000,
    timeline: () => [
      { afterMs: 30, status: 'in_progress', progress: 50 },
      { afterMs: 90, status: 'completed' },
    ],
  });
  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function serve(message: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: path = '/', headers } = message;
    const chunks: Uint8Array[] = [];
    for await (const chunk of message) chunks.push(chunk as Uint8Array);
    const body = method === 'GET' ? null : Buffer.concat(chunks);
    const answer = await sim.fetch(url + path, { method, headers: headers as Record<string, string>, body });
    // The task is made; whoever asked may be killed before hearing of it.
    if (method === 'POST') await wait(CREATE_MS);
    response.writeHead(answer.status, [...answer.headers].flat());
    const bytes = new Uint8Array(await answer.arrayBuffer());
    for (let at = 0; at < bytes.length && !response.destroyed; at += CHUNK_BYTES) {
      response.write(bytes.subarray(at, at + CHUNK_BYTES));
      if (bytes.length > CHUNK_BYTES) await wait(CHUNK_MS);
    }
    response.end();
  }

  return {
    url: `${url}/cometapi`,
    sim,
    close: () => {
      server.close();
      server.closeAllConnections();
      sim.close();
    },
  };
}
