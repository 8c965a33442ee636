import { describe, expect, it } from 'vitest';
import { type AddressRules, addressPolicy, checkAddressRules } from '../../src/http/video-address.js';

const publicApi = 'https://api.cometapi.com';
const onLoopback = 'http://127.0.0.1:4010/cometapi';
const onPrivate = 'https://10.0.0.5/v1';

async function refusal(address: string, baseUrl = publicApi, rules: AddressRules = {}): Promise<string | undefined> {
  return (await addressPolicy(baseUrl, rules)).ofUrl(new URL(address));
}

describe('the address of a video', () => {
  it.each([
    'https://cdn.example.com/a.mp4?sig=1',
    'https://CDN.example.com:443/a.mp4',
    'https://93.184.216.34/a.mp4',
    'https://[2606:4700::1111]/a.mp4',
    'https://[::ffff:93.184.216.34]/a.mp4',
    'https://[64:ff9b::5db8:d822]/a.mp4',
    'https://localhost.example.com/a.mp4',
    'https://127.0.0.1.example.com/a.mp4',
  ])('may be %s', async (address) => {
    expect(await refusal(address)).toBeUndefined();
  });

  it.each([
    ['http://cdn.example.com/a.mp4', 'only https is'],
    ['file:///etc/passwd', 'only https is'],
    ['data:video/mp4;base64,AAAA', 'only https is'],
    ['blob:https://cdn.example.com/1', 'only https is'],
    ['ftp://cdn.example.com/a.mp4', 'only https is'],
    ['javascript:alert(1)', 'only https is'],
    ['https://user@cdn.example.com/', 'it holds a user name'],
    ['https://:password@cdn.example.com/', 'it holds a user name'],
    ['https://localhost/', 'its address is loopback'],
    ['https://localhost./', 'its address is loopback'],
    ['https://sub.localhost/', 'its address is loopback'],
    ['https://127.0.0.1/', 'its address is loopback'],
    ['https://127.255.255.254/', 'its address is loopback'],
    ['https://2130706433/', 'its address is loopback'],
    ['https://0x7f.1/', 'its address is loopback'],
    ['https://017700000001/', 'its address is loopback'],
    ['https://127.1/', 'its address is loopback'],
    ['https://127.0.0.1./', 'its address is loopback'],
    ['https://１２７.0.0.1/', 'its address is loopback'],
    ['https://[::1]/', 'its address is loopback'],
    ['https://[::ffff:127.0.0.1]/', 'its address is loopback'],
    ['https://[::ffff:7f00:1]/', 'its address is loopback'],
    ['https://[64:ff9b::7f00:1]/', 'its address is loopback'],
    ['https://[64:ff9b::a9fe:a9fe]/', 'its address is link local'],
    ['https://169.254.169.254/latest/meta-data', 'its address is link local'],
    ['https://[fe80::1]/', 'its address is link local'],
    ['https://10.0.0.1/', 'its address is private'],
    ['https://172.16.0.1/', 'its address is private'],
    ['https://192.168.1.1/', 'its address is private'],
    ['https://[::ffff:192.168.1.1]/', 'its address is private'],
    ['https://100.64.0.1/', 'its address is carrier grade nat'],
    ['https://[fd00:ec2::254]/', 'its address is unique local'],
    ['https://224.0.0.1/', 'its address is multicast'],
    ['https://[ff02::1]/', 'its address is multicast'],
    ['https://0.0.0.0/', 'its address is unspecified'],
    ['https://0/', 'its address is unspecified'],
    ['https://[::]/', 'its address is unspecified'],
    ['https://255.255.255.255/', 'its address is broadcast'],
    ['https://[::127.0.0.1]/', 'its address is reserved'],
    ['https://[64:ff9b:1::7f00:1]/', 'its address is rfc6052'],
    ['https://[2002:7f00:1::]/', 'its address is 6to4'],
    ['https://[fec0::1]/', 'its address is deprecated site local'],
    ['https://[5f00::1]/', 'its address is segment routing'],
  ])('is not %s: %s', async (address, why) => {
    expect(await refusal(address)).toBe(why);
  });

  it.each([
    ['http://127.0.0.1:4010/a.mp4', onLoopback],
    ['http://localhost:9/a.mp4', onLoopback],
    ['https://[::1]:9/a.mp4', onLoopback],
    ['http://cdn.example.com/a.mp4', onLoopback],
    ['https://10.9.9.9:8443/a.mp4', onPrivate],
    ['https://gateway.test:8443/a.mp4', 'https://gateway.test:8443/v1'],
  ])('may be %s for a provider at %s', async (address, baseUrl) => {
    expect(await refusal(address, baseUrl)).toBeUndefined();
  });

  it.each([
    ['https://10.0.0.1/', onLoopback, 'its address is private'],
    ['http://169.254.169.254/', onLoopback, 'its address is link local'],
    ['https://127.0.0.1/', onPrivate, 'its address is loopback'],
    ['http://10.0.0.5/', onPrivate, 'only https is'],
  ])('is not %s for a provider at %s', async (address, baseUrl, why) => {
    expect(await refusal(address, baseUrl)).toBe(why);
  });

  it('may be plain http where that is allowed, and nowhere else for it', async () => {
    const rules = { allowHttp: true };
    expect(await refusal('http://cdn.example.com/a.mp4', publicApi, rules)).toBeUndefined();
    expect(await refusal('http://127.0.0.1/', publicApi, rules)).toBe('its address is loopback');
    expect(await refusal('ftp://cdn.example.com/', publicApi, rules)).toBe('only https is');
  });

  it.each([
    ['https://cdn.example.com/', undefined],
    ['https://CDN.EXAMPLE.COM/', undefined],
    ['https://a.storage.test/', undefined],
    ['https://a.b.storage.test/', undefined],
    ['https://media.test:8443/', undefined],
    ['https://xn--bcher-kva.test/', undefined],
    ['https://other.example.com/', 'allowHosts does not name it'],
    ['https://storage.test/', 'allowHosts does not name it'],
    ['https://evilstorage.test/', 'allowHosts does not name it'],
    ['https://cdn.example.com.evil.test/', 'allowHosts does not name it'],
    ['https://cdn.example.com:22/', undefined],
    ['https://media.test/', 'allowHosts does not name it'],
    ['https://127.0.0.1/', 'its address is loopback'],
  ])('is held to allowHosts: %s', async (address, why) => {
    const allowHosts = ['CDN.example.com', '*.storage.test', 'media.test:8443', 'bücher.test', '127.0.0.1'];
    expect(await refusal(address, publicApi, { allowHosts })).toBe(why);
  });

  it.each([
    ['127.0.0.1', publicApi, 'its name leads to an address that is loopback'],
    ['10.1.2.3', publicApi, 'its name leads to an address that is private'],
    ['::ffff:10.1.2.3', publicApi, 'its name leads to an address that is private'],
    ['64:ff9b::a9fe:a9fe', publicApi, 'its name leads to an address that is link local'],
    ['fe80::1%eth0', publicApi, 'its name leads to an address that is link local'],
    ['', publicApi, 'its name leads to an address that is malformed'],
    ['not an address', publicApi, 'its name leads to an address that is malformed'],
    ['93.184.216.34', publicApi, undefined],
    ['2606:4700::1111', publicApi, undefined],
    ['127.0.0.1', onLoopback, undefined],
    ['::1', onLoopback, undefined],
    ['10.1.2.3', onLoopback, 'its name leads to an address that is private'],
    ['10.1.2.3', onPrivate, undefined],
  ])('has a name that leads to %s, for a provider at %s: %s', async (address, baseUrl, why) => {
    expect((await addressPolicy(baseUrl, {})).ofIp(address)).toBe(why);
  });
});

describe('checkAddressRules', () => {
  it.each([
    [{ allowHosts: 'cdn.example.com' }, 'allowHosts: expected a list of hosts, received "cdn.example.com"'],
    [{ allowHosts: ['https://cdn.example.com'] }, 'allowHosts: expected hosts like cdn.example.com or *.example.com'],
    [{ allowHosts: ['cdn.example.com/videos'] }, 'received "cdn.example.com/videos"'],
    [{ allowHosts: ['ok.test', ''] }, 'received ""'],
    [{ allowHosts: ['*'] }, 'received "*"'],
    [{ allowHosts: ['cdn.*.test'] }, 'received "cdn.*.test"'],
    [{ allowHosts: [7] }, 'received 7'],
    [{ allowHttp: 'yes' }, 'allowHttp: expected a boolean, received "yes"'],
  ])('refuses %j', (rules, message) => {
    expect(() => checkAddressRules(rules as unknown as AddressRules)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });

  it('takes hosts, with a star before them or a port behind', () => {
    const allowHosts = ['cdn.example.com', '*.example.com', 'cdn.example.com:8443', '[2606:4700::1]', 'bücher.test'];
    expect(() => checkAddressRules({ allowHosts, allowHttp: false })).not.toThrow();
    expect(() => checkAddressRules({})).not.toThrow();
  });
});
