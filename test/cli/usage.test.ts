import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import manifest from '../../package.json' with { type: 'json' };
import { widthOf } from '../../src/cli/board/cells.js';
import { type Simulation, simulate } from '../../src/testing/index.js';
import { canary, installed } from './start.js';

const cli = installed();

describe.concurrent('help', () => {
  it.each(['', 'run', 'watch', 'download', 'cancel', 'resume', 'simulate', 'demo'])(
    'of "%s" needs no key, fits a screen, and has an example',
    async (command) => {
      const { code, stdout, stderr } = await cli.run([command, '--help'].filter(Boolean));
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const lines = stdout.trimEnd().split('\n');
      expect(lines.length).toBeLessThanOrEqual(40);
      expect(Math.max(...lines.map(widthOf))).toBeLessThanOrEqual(80);
      expect(stdout).toMatch(/Example:\n {2}.*rushes /);
    },
  );

  it('names every command and every key', async () => {
    const { stdout } = await cli.run(['help']);
    for (const word of ['run', 'watch', 'download', 'cancel', 'resume', 'simulate', 'demo', 'COMETAPI_KEY', '130']) {
      expect(stdout).toContain(word);
    }
  });

  it('tells the version', async () => {
    expect(await cli.run(['--version'])).toEqual({ code: 0, stdout: `${manifest.version}\n`, stderr: '' });
  });
});

describe.concurrent('wrong usage', () => {
  let sim: Simulation;
  let base: string;
  const keyFile = join(cli.folder, 'key');

  beforeAll(async () => {
    sim = await simulate();
    base = `${sim.url}/cometapi`;
    writeFileSync(keyFile, `${canary}\n`);
  });
  afterAll(() => {
    // Whatever was wrong, nothing was asked.
    expect(sim.requests).toEqual([]);
    return sim.close();
  });

  const key = { COMETAPI_KEY: canary };
  const at = (...args: string[]) => [...args, '--base-url', base];

  it.each<[what: string, args: () => string[], says: RegExp, env?: Record<string, string>]>([
    ['no command', () => [], /Usage: rushes/],
    ['an unknown command', () => ['wach', 'a'], /unknown command 'wach'\n\(Did you mean watch\?\)\nSee: rushes --help/],
    ['help of an unknown command', () => ['help', 'nope'], /^rushes: unknown command 'nope'\nSee: rushes --help\n$/],
    ['an unknown option', () => at('watch', 'a', '--downlaod', 'x'), /Did you mean --download\?/],
    ['no id', () => at('watch'), /missing required argument 'id'/],
    ['the id ..', () => at('watch', 'a', '..'), /expected an id that is not/],
    ['an id with a control character', () => at('cancel', 'a\x1b[2J'), /no control characters/],
    ['a deadline without a unit', () => at('watch', 'a', '--deadline', '5'), /such as 90s/],
    ['asking all the time', () => at('watch', 'a', '--every', '0s'), /a number above 0/],
    ['an unknown provider', () => at('watch', 'a', '--provider', 'foo'), /cometapi, infinity-blue, ark, openai-/],
    ['plain http elsewhere', () => ['watch', 'a', '--base-url', 'http://example.com'], /^rushes: --base-url: expected/],
    ['a password in the address', () => ['watch', 'a', '--base-url', 'https://me:secret@a.test'], /--base-url/],
    ['a missing base URL', () => ['watch', 'a'], /needs --base-url/, { OPENAI_COMPATIBLE_API_KEY: canary }],
    ['no key', () => at('watch', 'a'), /COMETAPI_KEY.*INFINITY_BLUE_API_KEY.*ARK_API_KEY.*OPENAI_COMPAT/, {}],
    ['the key of another', () => at('watch', 'a', '--provider', 'ark'), /set ARK_API_KEY/],
    ['two keys', () => at('watch', 'a'), /--provider cometapi or ark/, { ...key, ARK_API_KEY: canary }],
    ['a malformed key', () => at('watch', 'a'), /^rushes: COMETAPI_KEY: expected/, { COMETAPI_KEY: `${canary}\nx` }],
    ['a key file that is not there', () => at('watch', 'a'), /COMETAPI_KEY_FILE/, { COMETAPI_KEY_FILE: '/nowhere' }],
    ['a create without a model', () => at('run', 'a boat'), /--model/],
    ['an empty prompt', () => at('run', ' ', '--model', 'm'), /PROMPT/],
    [
      'a name without a ledger',
      () => at('run', 'x', '--model', 'm', '--no-ledger', '--idempotency-key', 'k'),
      /--no-ledger/,
    ],
    [
      'a name that no header carries',
      () => at('run', 'x', '--model', 'm', '--idempotency-key', 'é'),
      /^rushes: --idempotency-key: expected.*\nSee: rushes run --help\n$/,
    ],
    ['no name of a ledger', () => at('watch', 'a', '--ledger', ''), /--ledger/],
    ['a ledger in a file', () => at('watch', 'a', '--ledger', join(keyFile, 'ledger')), /--ledger/],
    ['an address with a query', () => ['watch', 'a', '--base-url', 'https://a.test?x=y'], /no query and no fragment/],
    ['no number of seconds', () => at('run', 'x', '--model', 'm', '--seconds', 'ten'), /a number above 0/],
    ['an image that is not there', () => at('run', 'x', '--model', 'm', '--input', '/nowhere'), /--input/],
    ['a folder that is none', () => at('watch', 'a', '--download', keyFile), /--download/],
    ['a settlement without a key', () => ['resume', '--settle', 'abandoned'], /KEY=TASK_ID/],
    ['a settlement of nothing', () => ['resume', '--settle', 'k=abandoned'], /nothing that is open/],
    ['resuming without a ledger', () => ['resume', '--no-ledger'], /nothing to resume/],
    ['a settlement that was not filled in', () => ['resume', '--settle', 'k=TASK_ID'], /Expected the id/],
    ['no port', () => ['simulate', '--port', '65536'], /0 to 65535/],
    ['no speed', () => ['simulate', '--speed', '0'], /above 0/],
  ])('%s', async (_, args, says, env = key) => {
    const { code, stdout, stderr } = await cli.run(args(), { env });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr).not.toMatch(/\n\s+at |secret|Error:|[^\P{Cc}\n]/u);
  });

  it('shows nothing of a file that is no key', async () => {
    const { code, stderr } = await cli.run(at('watch', 'a'), { env: { COMETAPI_KEY_FILE: cli.script } });
    expect(code).toBe(2);
    expect(stderr.length).toBeLessThan(200);
  });
});
