import fc from 'fast-check';
import { lastValueFrom } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { fetchTransport } from '../../src/http/fetch-transport.js';
import { encodeMultipart } from '../../src/http/multipart.js';
import type { FormPart } from '../../src/providers/provider.js';
import { platforms } from './platforms.js';
import { sent } from './requests.js';
import { bodyOf, serve } from './server.js';

const png = new Blob([new Uint8Array([137, 80, 78, 71, 13, 10, 26, 10, 0, 255])], { type: 'image/png' });

/** The runtime's own reader, which shares no code with ours. */
async function readBack(parts: readonly FormPart[], random: () => number = Math.random): Promise<FormData> {
  const { bytes, contentType } = await encodeMultipart(parts, random);
  return new Response(bytes, { headers: { 'content-type': contentType } }).formData();
}

describe('encodeMultipart', () => {
  it('is read back by another implementation', async () => {
    const form = await readBack([
      { name: 'model', value: 'sora-2' },
      { name: 'prompt', value: 'Ein Schiff\r\nauf ruhiger See \u{1f6a2} --' },
      { name: 'input_reference', value: png, filename: 'first frame.png' },
    ]);
    expect([...form.keys()]).toEqual(['model', 'prompt', 'input_reference']);
    expect(form.get('model')).toBe('sora-2');
    expect(form.get('prompt')).toBe('Ein Schiff\r\nauf ruhiger See \u{1f6a2} --');
    const file = form.get('input_reference') as File;
    expect({ name: file.name, type: file.type }).toEqual({ name: 'first frame.png', type: 'image/png' });
    expect(new Uint8Array(await file.arrayBuffer())).toEqual(new Uint8Array(await png.arrayBuffer()));
  });

  it('escapes quotes and newlines in names and file names as browsers do', async () => {
    const evil = 'a"; filename="x"\r\n\r\nöß\u{1f3ac}';
    const { bytes } = await encodeMultipart([{ name: evil, value: png, filename: evil }], Math.random);
    const text = new TextDecoder().decode(bytes);
    const escaped = 'a%22; filename=%22x%22%0D%0A%0D%0Aöß\u{1f3ac}';
    expect(text).toContain(`Content-Disposition: form-data; name="${escaped}"; filename="${escaped}"\r\n`);
  });

  it('gives a Blob without a type or a file name those that browsers give', async () => {
    const file = (await readBack([{ name: 'file', value: new Blob(['x']) }])).get('file') as File;
    expect({ name: file.name, type: file.type }).toEqual({ name: 'blob', type: 'application/octet-stream' });
  });

  it('keeps any text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), async (values) => {
        const form = await readBack(values.map((value) => ({ name: 'value', value })));
        expect(form.getAll('value')).toEqual(values.map((value) => value.replace(/\p{Surrogate}/gu, '\ufffd')));
      }),
    );
  });

  it('takes another boundary when the content has the first', async () => {
    const random = () => 0.5;
    const { contentType } = await encodeMultipart([], random);
    const taken = contentType.replace(/.*boundary=/, '');
    const form = await readBack([{ name: 'prompt', value: `a\r\n--${taken}--\r\nb` }], random);
    expect(form.get('prompt')).toBe(`a\r\n--${taken}--\r\nb`);
  });

  it('takes its boundary from the given source of chance', async () => {
    const boundary = async (random: () => number) => (await encodeMultipart([], random)).contentType;
    expect(await boundary(() => 0.25)).toBe(await boundary(() => 0.25));
    expect(await boundary(() => 0.25)).not.toBe(await boundary(() => 0.75));
  });
});

describe.each(platforms)('multipart over $name', ({ transport }) => {
  it('arrives whole, with its length and without a transfer encoding', async () => {
    const bodies: Promise<Buffer>[] = [];
    const server = await serve((request, response) => {
      bodies.push(bodyOf(request));
      request.on('end', () => response.end('{}'));
    });
    const parts = [
      { name: 'prompt', value: 'a calm sea' },
      { name: 'input_reference', value: png, filename: 'a.png' },
    ];
    await lastValueFrom(transport(sent(server.origin, { method: 'POST', body: parts })));
    const { headers } = server.requests[0] ?? {};
    const bytes = await bodies[0];
    expect(headers?.['content-length']).toBe(String(bytes?.byteLength));
    const form = await new Response(new Uint8Array(bytes ?? []), {
      headers: { 'content-type': String(headers?.['content-type']) },
    }).formData();
    expect(form.get('prompt')).toBe('a calm sea');
    expect((form.get('input_reference') as File).size).toBe(png.size);
  });
});

describe('multipart over a fetch', () => {
  it('is not sent when the subscription ends while it is encoded', async () => {
    const calls: string[] = [];
    const transport = fetchTransport({
      fetch: async (url) => {
        calls.push(url);
        return new Response();
      },
    });
    transport(sent('http://127.0.0.1/', { method: 'POST', body: [{ name: 'file', value: png }] }))
      .subscribe()
      .unsubscribe();
    await new Promise((resolve) => setImmediate(resolve));
    await png.arrayBuffer();
    await new Promise((resolve) => setImmediate(resolve));
    expect(calls).toEqual([]);
  });
});
