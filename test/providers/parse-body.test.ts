import { describe, expect, test } from 'vitest';
import { bodyLimits, parseBody } from '../../src/providers/parse-body.js';

const nested = (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`;

describe('parseBody', () => {
  test.each([
    ['{"status":"queued"}', { kind: 'json', value: { status: 'queued' } }],
    ['null', { kind: 'json', value: null }],
    [' [1] ', { kind: 'json', value: [1] }],
    ['', { kind: 'empty' }],
    [' \r\n', { kind: 'empty' }],
    ['<html>', { kind: 'page' }],
    ['\n <!DOCTYPE html>', { kind: 'page' }],
    ['<?xml version="1.0"?>', { kind: 'page' }],
    ['{"status":', { kind: 'garbled' }],
    ['upstream error', { kind: 'garbled' }],
    ['NaN', { kind: 'garbled' }],
  ])('%j', (text, body) => {
    expect(parseBody(text)).toEqual(body);
  });

  test('takes what is just within the limits and nothing beyond', () => {
    expect(parseBody(nested(bodyLimits.depth)).kind).toBe('json');
    expect(parseBody(nested(bodyLimits.depth + 1)).kind).toBe('too-complex');
    expect(parseBody(JSON.stringify(new Array(bodyLimits.nodes).fill(0))).kind).toBe('json');
    expect(parseBody(JSON.stringify(new Array(bodyLimits.nodes + 1).fill(0))).kind).toBe('too-complex');
    expect(parseBody(JSON.stringify(new Array(200).fill(new Array(100).fill(0)))).kind).toBe('too-complex');
  });

  test('survives 400,000 nested arrays and objects, and 200,000 keys', () => {
    expect(parseBody(nested(400_000)).kind).toBe('too-complex');
    expect(parseBody(`${'{"a":'.repeat(400_000)}1${'}'.repeat(400_000)}`).kind).toBe('too-complex');
    const keys = Array.from({ length: 200_000 }, (_, key) => `"k${key}":1`);
    expect(parseBody(`{${keys.join()}}`).kind).toBe('too-complex');
  });

  test('drops the keys that would reach a prototype, at any depth', () => {
    const text = '{"__proto__":{"status":"completed"},"a":[{"constructor":1,"prototype":2,"__proto__":3,"b":4}]}';
    const body = parseBody(text);
    expect(body).toEqual({ kind: 'json', value: { a: [{ b: 4 }] } });
    expect(JSON.stringify(body)).toBe('{"kind":"json","value":{"a":[{"b":4}]}}');
  });

  test('keeps no video that came inside the body', () => {
    const video = `data:video/mp4;base64,${'A'.repeat(3_000_000)}`;
    expect(parseBody(JSON.stringify({ metadata: { url: video }, list: [` ${video.toUpperCase()}`] }))).toEqual({
      kind: 'json',
      value: { metadata: { url: 'data:' }, list: ['data:'] },
    });
    expect(parseBody('{"url":"data:,short"}')).toEqual({ kind: 'json', value: { url: 'data:,short' } });
  });
});
