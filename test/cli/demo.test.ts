import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';

const LIMIT_MS = 30_000;
const demo = [process.execPath, '--import', 'tsx', 'src/cli/main.ts', 'demo'] as const;
const { CI: _, NO_COLOR: __, FORCE_COLOR: ___, ...environment } = process.env;
const env = { ...environment, TERM: 'xterm-256color' };

async function run(
  command: readonly string[],
  meanwhile: (child: ChildProcess, output: () => string) => void = () => {},
) {
  const [file = '', ...args] = command;
  const startedMs = performance.now();
  const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    meanwhile(child, () => output);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, output, errors, tookMs: performance.now() - startedMs };
}

/** What was written, without colours, and with a new line wherever the cursor was moved. */
function screenLines(output: string): string[] {
  const pieces = output
    .split('\x1b[')
    .map((piece) => piece.replace(/^[\d;?]*([A-Za-z])/, (_, end) => (end === 'm' ? '' : '\n')));
  return pieces.join('').split(/[\r\n]+/);
}

describe.concurrent('npm run demo', { timeout: 60_000 }, () => {
  it('ends by itself with all three outcomes of a dozen tasks, and plain lines in a pipe', async () => {
    const { code, output, errors, tookMs } = await run(demo);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(tookMs).toBeLessThan(LIMIT_MS);
    expect(output).not.toMatch(/[^\P{Cc}\n]/u);
    const lines = output.split('\n');
    expect(lines.filter((line) => / created\b/.test(line))).toHaveLength(12);
    expect(lines.filter((line) => /^✓ \S+ +\S+ +http:\/\/127\.0\.0\.1:\d+\/media\//.test(line))).toHaveLength(7);
    expect(lines.filter((line) => /^✗ \S+ +\S+ +\w+: ./.test(line))).toHaveLength(2);
    expect(output).toContain('OutputVideoSensitiveContentDetected: ');
    const handles = lines.filter((line) => line.startsWith('    {')).map((line) => JSON.parse(line) as unknown);
    expect(handles).toHaveLength(3);
    expect(handles).toContainEqual({ provider: 'ark', id: expect.stringMatching(/^cgt-/) });
    for (const lost of ['NOT_FOUND', 'UNAVAILABLE', 'DEADLINE'])
      expect(output).toMatch(new RegExp(`^\\? .*${lost}: `, 'm'));
    for (const trouble of ['502', '429', 'cut off', 'garbled', 'empty', 'no answer']) {
      expect(output).toContain(`${trouble}, asking again in`);
    }
    expect(lines.at(-2)).toMatch(/^Read next: /);
  });

  it('ends quietly when its reader leaves', async () => {
    const { code, errors, tookMs } = await run(demo, (child) => child.stdout?.destroy());
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(tookMs).toBeLessThan(LIMIT_MS / 2);
  });

  it('stops at Ctrl-C', async () => {
    let interruptedMs = Number.NaN;
    const { code, errors } = await run(demo, (child) => {
      if (Number.isNaN(interruptedMs)) child.kill('SIGINT');
      interruptedMs ||= performance.now();
    });
    expect({ code, errors }).toEqual({ code: 130, errors: '' });
    expect(performance.now() - interruptedMs).toBeLessThan(3_000);
  });

  const hasScript = spawnSync('script', ['--version']).status === 0;

  // A laptop may lack `script`; where the suite has to prove something, its lack is a failure.
  it.skipIf(!hasScript && !process.env['CI'])(
    'draws bars on a terminal, where no line is too wide, and gives the cursor back',
    async () => {
      const inner = `stty cols 72 rows 30; exec ${demo.map((part) => `'${part}'`).join(' ')}`;
      const { code, output } = await run(['script', '-qec', inner, '/dev/null']);
      expect(code).toBe(0);
      expect(output).toMatch(/━+.*─/);
      expect(output).toContain('\x1b[?25l');
      expect(output.lastIndexOf('\x1b[?25h')).toBeGreaterThan(output.lastIndexOf('\x1b[?25l'));
      const lines = screenLines(output);
      expect(Math.max(...lines.map(({ length }) => length))).toBe(71);
      expect(output).toContain('lost 3');
    },
  );
});
