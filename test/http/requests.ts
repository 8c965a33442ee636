import type { SentRequest } from '../../src/http/transport.js';
import type { HttpRequest, HttpResponse, Operation, Provider } from '../../src/providers/provider.js';

/** A key that must turn up nowhere. */
export const canary = 'sk-CaNaRy0123456789/+abcdefghijklmnopqrstuvwxyz';

export const task = { provider: 'test', id: 'task_1' };
export const read: Operation = { kind: 'read', task };
export const create: Operation = { kind: 'create', input: { model: 'm', prompt: 'a calm sea' } };
export const cancel: Operation = { kind: 'cancel', task };

/** A request ready to be sent. */
export function sent(url: string, more: Partial<SentRequest> = {}): SentRequest {
  return { method: 'GET', url, template: '/', headers: {}, maxBodyBytes: 1_048_576, ...more };
}

/** A dialect that asks for `/v1/videos…` and keeps the key {@link canary}. */
export function providerAt(origin: string, more: Partial<Provider> = {}): Provider {
  const baseUrl = `${origin}/v1`;
  const words: Record<Operation['kind'], Pick<HttpRequest, 'method' | 'template'>> = {
    read: { method: 'GET', template: '/videos/{id}' },
    create: { method: 'POST', template: '/videos' },
    cancel: { method: 'DELETE', template: '/videos/{id}' },
    content: { method: 'GET', template: '/videos/{id}/content' },
    list: { method: 'GET', template: '/videos' },
  };
  return {
    name: 'test',
    baseUrl,
    guidance: { minMs: 1_000, maxMs: 1_000 },
    supports: { cancel: true, content: true, idempotency: false },
    key: () => canary,
    ask(operation) {
      const { method, template } = words[operation.kind];
      const body = method === 'POST' ? { body: '{"prompt":"a calm sea"}' } : {};
      return {
        method,
        template,
        url: baseUrl + template.replace('{id}', 'task_1'),
        headers: { 'x-api-key': canary },
        ...body,
      };
    },
    hear: () => ({ kind: 'problem', code: 'BAD_RESPONSE', message: 'not heard in these tests', retryable: true }),
    ...more,
  };
}

/** An answer in virtual time. */
export function answer(
  status: number,
  headers: Record<string, string> = {},
  more: Partial<HttpResponse> = {},
): HttpResponse {
  return { status, url: '', header: (name) => headers[name] ?? null, text: '', ...more };
}
