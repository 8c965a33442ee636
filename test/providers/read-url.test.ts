import { describe, expect, test } from 'vitest';
import { readUrl } from '../../src/providers/read-url.js';

const url = 'https://cdn.example.com/out.mp4?X-Tos-Expires=86400&X-Tos-Signature=0%2F+a~';

describe('readUrl', () => {
  test.each([
    ['CometAPI', { video_url: url }],
    ['Ark', { content: { video_url: url } }],
    ['Infinity Blue, new-api', { metadata: { url } }],
    ['the generic route', { url }],
    ['gaorui', { output_url: url }],
    ['new-api since February', { result_url: url }],
    ['new-api before', { result_url: '', fail_reason: url }],
    ['ComfyUI-CometAPI', { output: { video_url: url } }],
    ['ComfyUI-CometAPI, a list', { output: { videos: [{ url }] } }],
    ['a Deno client', { output_video: url }],
    ['a Deno client, as text', { output: url }],
    ['a Deno client, nested', { data: { data: { url } } }],
    ['modelsell', { output: [url], content_url: 'https://cdn.example.com/other.mp4' }],
    ['modelsell, only the content', { output: [], content_url: url }],
    ['callbacks of CometAPI', { result: { video_url: url } }],
    ['raw upstream in an envelope', { data: { content: { video_url: url } } }],
  ])('finds it where %s puts it', (_who, facts) => {
    expect(readUrl(facts)).toBe(url);
  });

  test('takes the documented place first', () => {
    expect(
      readUrl({ fail_reason: 'https://x.example/1', metadata: { url: 'https://x.example/2' }, video_url: url }),
    ).toBe(url);
  });

  test.each([
    [''],
    ['not a url'],
    ['data:video/mp4;base64,AAAA'],
    ['ftp://cdn.example.com/a.mp4'],
    ['file:///etc/passwd'],
    ['javascript:alert(1)'],
    ['blob:https://cdn.example.com/1'],
    ['//cdn.example.com/a.mp4'],
    ['/v1/videos/1/content'],
    ['https://'],
    ['https://user@cdn.example.com/a.mp4'],
    ['https://user:word@cdn.example.com/a.mp4'],
    ['https://:word@cdn.example.com/a.mp4'],
    [`https://cdn.example.com/${'a'.repeat(8_192)}`],
    [null],
    [7],
    [{ href: url }],
  ])('%j is none, and the next place is looked at', (wire) => {
    expect(readUrl({ video_url: wire })).toBeUndefined();
    expect(readUrl({ video_url: wire, metadata: { url } })).toBe(url);
  });

  test('the words of a failure are no address', () => {
    expect(readUrl({ fail_reason: 'see https://example.com for help' })).toBeUndefined();
  });

  test('what no address may hold is escaped', () => {
    expect(readUrl({ url: ' https://cdn.example.com/my video\u202e.mp4\n' })).toBe(
      'https://cdn.example.com/my%20video%E2%80%AE.mp4',
    );
  });

  test('keys that every object inherits lead nowhere', () => {
    expect(readUrl(Object.create({ video_url: url }))).toBeUndefined();
  });
});
