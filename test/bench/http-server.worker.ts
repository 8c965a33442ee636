import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bodyOf, idIn } from './scene.js';

// Answers every request for a task, and prints where.

const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
  const body = bodyOf(idIn(request.url ?? ''));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': body.length }).end(body);
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
