import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { widthOf } from '../../src/cli/board/cells.js';
import { freePort } from '../buses/brokers/broker.js';
import { canary, installed } from './start.js';

const cli = installed();
const commands = ['worker', 'submit', 'forget', 'status', 'upgrade'];
const key = { COMETAPI_KEY: canary };

describe.concurrent('help', () => {
  it.each(['', ...commands])('of "fleet %s" fits a screen, and has an example', async (command) => {
    const { code, stdout, stderr } = await cli.run(['fleet', command, '--help'].filter(Boolean));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const lines = stdout.trimEnd().split('\n');
    expect(lines.length).toBeLessThanOrEqual(40);
    expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/Example:\n {2}.*rushes fleet /);
  });

  it('is found by the names of both', async () => {
    const { code, stdout } = await cli.run(['help', 'fleet', 'worker']);
    expect({ code, start: stdout.split('\n')[0] }).toEqual({ code: 0, start: 'Usage: rushes fleet worker [options]' });
    expect((await cli.run(['help'])).stdout).toContain('fleet <command>');
    const { stderr } = await cli.run(['help', 'fleet', 'nope']);
    expect(stderr).toContain("unknown command 'fleet nope'");
  });
});

describe.concurrent('the words for options', () => {
  const helpOf = async (command: string) => (await cli.run(['fleet', command, '--help'])).stdout.replace(/\s+/g, ' ');

  it.each(['submit', 'forget'])('of %s do not contradict that no key is needed', async (command) => {
    const help = await helpOf(command);
    expect(help).toContain('No key is needed.');
    expect(help).toContain('whose tasks; else of the provider whose key is set');
  });

  it('of status are of a comparison, which has no defaults', async () => {
    expect(await helpOf('worker')).toContain('how long a request may take (30s)');
    const help = await helpOf('status');
    expect(help).toContain('compare it with how long a request may take');
    expect(help).not.toMatch(/30s|100000|168h|as usual/);
  });
});

describe.concurrent('wrong usage', () => {
  const secret = 'hunter2secret';
  const empty = join(cli.folder, 'empty');
  const task = ['a', '--provider', 'cometapi'];

  it.each<[what: string, args: string[], says: RegExp, env?: Record<string, string>]>([
    ['no command', [], /Usage: rushes fleet/],
    ['an unknown command', ['wroker'], /unknown command 'wroker'\n\(Did you mean worker\?\)\nSee: rushes fleet --help/],
    ['no id', ['submit'], /missing required argument 'id'\nSee: rushes fleet submit --help/],
    ['the id ..', ['submit', '..', '--provider', 'ark'], /expected an id/],
    ['nobody whose task it is', ['submit', 'a'], /--provider cometapi.*\nSee: rushes fleet submit --help/, {}],
    ['a worker without a key', ['worker'], /COMETAPI_KEY/, {}],
    ['another number of shards', ['worker', '--shards', '3'], /one of 1, 16/],
    ['another number of replicas', ['upgrade', '--replicas', '2'], /one of 1, 3, 5/],
    ['no number of polls', ['worker', '--concurrency', '0.5'], /a whole number, 1 or more/],
    ['no requests', ['worker', '--per-second', '0'], /above 0/],
    ['asking all the time', ['worker', '--every', '0s'], /from 1ms on/],
    ['news that is not kept', ['worker', '--keep-events', '99ms'], /from 100ms on/],
    ['a deadline without a unit', ['submit', ...task, '--deadline', '5'], /m or h, such as 90s\.\n/],
    ['a name with a dot', ['status', '--name', 'a.b'], /1-64 characters/],
    ['workers that share nothing', ['worker', '--workers', '3'], /--workers needs --per-second/],
    ['a bare port', ['status', '--nats', '8787'], /--nats: expected an address such as nats:/],
    ['no port', ['worker', '--health', '65536'], /0 to 65535/],
    ['no address', ['status', '--nats', 'http://a.test'], /--nats: expected an address/],
    ['an address with more', ['status', '--nats', 'nats://a.test:1/x'], /a host and a port/],
    ['a password in the address', ['submit', ...task, '--nats', `nats://me:${secret}@a`], /--nats holds/],
    ['a token in the variable', ['status'], /NATS_URL holds/, { NATS_URL: `nats://${secret}@a.test` }],
    ['a user without a password', ['status'], /NATS_PASSWORD_FILE is missing/, { NATS_USER: 'me' }],
    ['a password of nobody', ['status'], /NATS_USER is missing/, { NATS_PASSWORD: secret }],
    ['two identities', ['status'], /NATS_CREDS and NATS_TOKEN/, { NATS_CREDS: '/nowhere', NATS_TOKEN: secret }],
    ['no file of a token', ['status'], /NATS_TOKEN_FILE names a file that cannot/, { NATS_TOKEN_FILE: '/nowhere' }],
    ['an empty file of a token', ['status'], /NATS_TOKEN_FILE.*empty/, { NATS_TOKEN_FILE: empty }],
    ['no file of credentials', ['status'], /NATS_CREDS names a file that cannot/, { NATS_CREDS: '/nowhere' }],
    ['a file of no credentials', ['status'], /holds no credentials/, { NATS_CREDS: cli.script }],
  ])('%s', async (_, args, says, env = key) => {
    writeFileSync(empty, '\n');
    const { code, stdout, stderr } = await cli.run(['fleet', ...args], { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at |hunter2|Error:|[^\P{Cc}\n]/u);
  });
});

describe.concurrent('a server that is down', () => {
  it.each([['submit', 'a'], ['submit', 'a', '--watch'], ['forget', 'a'], ['status'], ['upgrade']])(
    'leaves "fleet %s %s" in the dark',
    async (...words) => {
      const nats = `nats://127.0.0.1:${await freePort()}`;
      const args = ['fleet', ...words.filter(Boolean)];
      const { code, stdout, stderr } = await cli.run(args, { env: { ...key, NATS_URL: nats } });
      expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
      const [first, ...others] = stderr.split('\n');
      expect(first).toBe(`rushes: NATS at ${nats} does not answer: connection refused`);
      expect(others).toEqual(['Is a server there? Name another with --nats or NATS_URL.', '']);
    },
  );

  it('is waited for by a worker, which a signal ends at once', async () => {
    const nats = `nats://127.0.0.1:${await freePort()}`;
    const worker = cli.start(['fleet', 'worker', '--nats', nats], { env: key });
    await worker.until('stderr', `rushes: NATS at ${nats} does not answer: connection refused; trying until it does\n`);
    worker.child.kill('SIGTERM');
    expect(await worker.ended).toMatchObject({ code: 0, stdout: '' });
  });
});
