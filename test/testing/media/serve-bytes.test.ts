import { describe, expect, it } from 'vitest';
import { serveBytes } from '../../../src/testing/media/serve-bytes.js';

const file = { bytes: new TextEncoder().encode('0123456789'), contentType: 'video/mp4', etag: '"v1"' };
const get = (headers: Record<string, string> = {}) =>
  serveBytes(new Request('http://sim.test/a.mp4', { headers }), file);

describe('serveBytes', () => {
  it('serves the whole file with a strong validator', async () => {
    const answer = get();
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toEqual({
      'accept-ranges': 'bytes',
      'content-length': '10',
      'content-type': 'video/mp4',
      etag: '"v1"',
    });
    expect(await answer.text()).toBe('0123456789');
  });

  it.each([
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=7-99', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=-99', '0123456789', 'bytes 0-9/10'],
  ])('serves %s as one part', async (range, text, contentRange) => {
    const answer = get({ range });
    expect(answer.status).toBe(206);
    expect(answer.headers.get('content-range')).toBe(contentRange);
    expect(answer.headers.get('content-length')).toBe(String(text.length));
    expect(await answer.text()).toBe(text);
  });

  it.each(['bytes=10-', 'bytes=-0'])('refuses %s', (range) => {
    const answer = get({ range });
    expect(answer.status).toBe(416);
    expect(answer.headers.get('content-range')).toBe('bytes */10');
  });

  it.each(['bytes=4-2', 'bytes=0-1,4-5', 'items=0-1', 'bytes=-'])('ignores %s', (range) => {
    expect(get({ range }).status).toBe(200);
  });

  it('serves a part only of the version that is asked for', () => {
    expect(get({ range: 'bytes=0-1', 'if-range': '"v1"' }).status).toBe(206);
    expect(get({ range: 'bytes=0-1', 'if-range': '"v0"' }).status).toBe(200);
  });
});
