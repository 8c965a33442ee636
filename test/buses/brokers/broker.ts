import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** How one kind of broker is started. */
export interface BrokerPlan {
  /** For its folder and for what is said when it does not start. */
  readonly name: string;
  /** Its command, made for a free port and an empty folder; it is made anew at each start, in the same folder. */
  command(at: { readonly port: number; readonly folder: string }): {
    readonly program: string;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
  /** Resolves when it serves; asked again and again. @defaultValue when it takes connections */
  isReady?(at: { readonly port: number; readonly folder: string }): Promise<boolean>;
  /** @defaultValue 30000 */
  readonly startsWithinMs?: number;
}

/** A real broker on a free loopback port, in a folder of its own. */
export class Broker {
  #child: ChildProcess | undefined;
  #said = '';

  private constructor(
    private readonly plan: BrokerPlan,
    readonly port: number,
    readonly folder: string,
  ) {}

  static async start(plan: BrokerPlan): Promise<Broker> {
    const broker = new Broker(plan, await freePort(), mkdtempSync(join(tmpdir(), `rushes-${plan.name}-`)));
    try {
      await broker.start();
    } catch (error) {
      await broker.close();
      throw error;
    }
    return broker;
  }

  /** Starts it again on the same port with what is left in its folder. */
  async start(): Promise<void> {
    const { program, args, env } = this.plan.command(this);
    const child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        this.#said = (this.#said + chunk).slice(-4_000);
      });
    }
    let failed: unknown;
    child.once('error', (error) => {
      failed = error;
    });
    const untilMs = performance.now() + (this.plan.startsWithinMs ?? 30_000);
    while (!(await this.#isReady())) {
      const isGone = failed !== undefined || child.exitCode !== null || child.signalCode !== null;
      if (isGone || performance.now() > untilMs)
        throw new Error(`${this.plan.name} did not start: ${failed ?? this.#said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Ends it without a word, as a crash does. */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Ends it as an operator does. */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Stops its work, and lets go on with it: to its clients it is slow. */
  signal(signal: 'SIGSTOP' | 'SIGCONT'): void {
    this.#child?.kill(signal);
  }

  /** Ends it and removes its folder. */
  async close(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async #isReady(): Promise<boolean> {
    return (await takesConnections(this.port)) && ((await this.plan.isReady?.(this)) ?? true);
  }
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('a listening server has an address');
  return address.port;
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
