import { describe, expect, it } from 'vitest';
import { ark, cometapi, createClient, infinityBlue } from '../../src/index.js';
import { platforms } from './platforms.js';
import { canary } from './requests.js';
import { always, bodyOf, serve } from './server.js';

const dialects = { cometapi, infinityBlue, ark };

describe.each(platforms)('a create over $name', (platform) => {
  it.each([301, 302, 303, 307, 308])('answered %d is sent once, and REJECTED', async (status) => {
    const other = await serve(always(200, {}, '{"id":"task_2","status":"queued"}'));
    for (const [name, dialect] of Object.entries(dialects)) {
      for (const locationAt of [(_own: string) => other.origin, (origin: string) => origin]) {
        const bodies: Buffer[] = [];
        const server = await serve(async (request, response) => {
          bodies.push(await bodyOf(request));
          response.writeHead(status, { location: `${locationAt(server.origin)}/elsewhere?token=${canary}` }).end();
        });
        const client = createClient(dialect({ apiKey: canary, baseUrl: server.origin }), {
          transport: platform.transport,
        });
        const error = await client
          .create({ model: 'doubao-seedance-2-0', prompt: 'a calm sea' })
          .catch((reason: unknown) => reason);
        expect(error, name).toMatchObject({ code: 'REJECTED', retryable: false });
        expect(String(error)).toMatch(
          new RegExp(`redirects the create to ${locationAt(server.origin)} \\(HTTP ${status}\\)$`),
        );
        expect(server.requests.map(({ method }) => method)).toEqual(['POST']);
        expect(String(bodies[0])).toContain('a calm sea');
      }
    }
    expect(other.requests).toEqual([]);
  });
});
