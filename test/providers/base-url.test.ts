import { describe, expect, test } from 'vitest';
import { checkBaseUrl } from '../../src/providers/base-url.js';

describe('checkBaseUrl', () => {
  test.each([
    ['https://api.example.com', 'https://api.example.com'],
    ['https://api.example.com/', 'https://api.example.com'],
    ['https://api.example.com/api/v3//', 'https://api.example.com/api/v3'],
    ['HTTPS://API.example.com:443/a', 'https://api.example.com/a'],
    ['https://api.example.com:8443/a', 'https://api.example.com:8443/a'],
    ['http://localhost:8080/cometapi', 'http://localhost:8080/cometapi'],
    ['http://sim.localhost', 'http://sim.localhost'],
    ['http://127.0.0.1:1', 'http://127.0.0.1:1'],
    ['http://127.8.9.10/x', 'http://127.8.9.10/x'],
    ['http://[::1]:9/', 'http://[::1]:9'],
  ])('%s is %s', (given, base) => {
    expect(checkBaseUrl('cometapi.baseUrl', given)).toBe(base);
  });

  test.each([
    ['http://api.example.com'],
    ['http://128.0.0.1'],
    ['http://localhost.example.com'],
    ['http://127.0.0.1.example.com'],
    ['http://notlocalhost'],
    ['http://10.0.0.1'],
    ['https://user@api.example.com'],
    ['https://user:sk-canary@api.example.com'],
    ['https://user:sk#canary@api.example.com'],
    ['https://api.example.com?key=canary'],
    ['https://api.example.com/?'],
    ['https://api.example.com/#'],
    ['ftp://api.example.com'],
    ['file:///etc'],
    ['api.example.com'],
    ['/v1'],
    [''],
    [' https://api.example.com'],
    ['https://api.example.com\\@evil.example'],
    [undefined],
    [null],
    [7],
    [{ href: 'https://api.example.com' }],
  ])('%j is refused, and no secret in it is shown', (given) => {
    expect(() => checkBaseUrl('cometapi.baseUrl', given)).toThrow(/^cometapi\.baseUrl: expected an http\(s\) address/);
    expect(() => checkBaseUrl('cometapi.baseUrl', given)).not.toThrow(/sk|canary/);
  });
});
