import fc from 'fast-check';
import { Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Client, createClient, isTerminal } from '../../src/index.js';
import { type Clock, createClock } from '../../src/testing/clock.js';
import { type Answer, provider, ref, refused, said, scripted } from './scripted.js';
import { Viewer } from './viewer.js';

/** What is true, as far as anyone can know: how the task stands, and who watches it. */
interface Model {
  status: string;
  isBroken: boolean;
  watching: number;
}

interface Real {
  readonly clock: Clock;
  readonly client: Client;
  readonly server: ReturnType<typeof scripted>;
  readonly wake: Subject<void>;
  readonly viewers: Viewer[];
  readonly truth: { answer: Answer };
}

const ends = ['completed', 'failed', 'error', 'cancelled', 'expired'];

class Step implements fc.AsyncCommand<Model, Real> {
  constructor(
    private readonly name: string,
    private readonly act: (model: Model, real: Real) => unknown,
    private readonly can: (model: Model) => boolean = () => true,
  ) {}

  check(model: Readonly<Model>): boolean {
    return this.can(model);
  }

  async run(model: Model, real: Real): Promise<void> {
    await this.act(model, real);
    const { server, viewers, clock, wake } = real;
    const open = viewers.filter(({ end }) => !end).length;
    for (const viewer of viewers) expect(viewer.offence).toBeUndefined();
    expect(server.inFlight).toBeLessThanOrEqual(1);
    if (model.watching === 0 || open === 0)
      expect([server.inFlight, clock.pending, wake.observed]).toEqual([0, 0, false]);
  }

  toString(): string {
    return this.name;
  }
}

const say = (model: Model, { truth }: Real) => {
  truth.answer = model.isBroken ? refused(502, '<html>bad gateway</html>') : said(model.status, {}, 300);
};

const steps = [
  fc.integer({ min: 1, max: 60_000 }).map((ms) => new Step(`${ms} ms pass`, (_, { clock }) => clock.advance(ms))),
  fc.constant(
    new Step('someone watches', (model, { viewers, client }) => {
      model.watching++;
      viewers.push(new Viewer(client.watch(ref)));
    }),
  ),
  fc.nat(9).map(
    (which) =>
      new Step(
        `viewer ${which} leaves`,
        (model, { viewers }) => {
          viewers.splice(which % viewers.length, 1)[0]?.leave();
          model.watching--;
        },
        (model) => model.watching > 0,
      ),
  ),
  fc.constant(new Step('a wake', (_, { wake }) => wake.next())),
  fc.constant(
    new Step('a storm of wakes', async (_, { wake, clock }) => {
      for (let i = 0; i < 40; i++) {
        wake.next();
        await clock.advance(50);
      }
    }),
  ),
  fc.constantFrom('queued', 'in_progress', 'unknown', ...ends).map(
    (status) =>
      new Step(`the task is ${status}`, (model, real) => {
        model.status = status;
        say(model, real);
      }),
  ),
  fc.boolean().map(
    (isBroken) =>
      new Step(isBroken ? 'the gateway breaks' : 'the gateway mends', (model, real) => {
        model.isBroken = isBroken;
        say(model, real);
      }),
  ),
];

describe(`a client whose world changes at any time (seed ${process.env['FC_SEED']})`, () => {
  it('keeps the law, asks one question at a time, leaves nothing behind, and tells how the task ended', async () => {
    await fc.assert(
      fc.asyncProperty(fc.commands(steps, { maxCommands: 25 }), async (commands) => {
        const clock = createClock();
        const wake = new Subject<void>();
        const truth = { answer: said('queued') };
        const server = scripted(clock, () => truth.answer);
        const client = createClient(provider(), { transport: server.transport, scheduler: clock, wake });
        const model: Model = { status: 'queued', isBroken: false, watching: 0 };
        const real: Real = { clock, client, server, wake, viewers: [], truth };
        await fc.asyncModelRun(() => ({ model, real }), commands);

        Object.assign(model, { status: 'completed', isBroken: false });
        say(model, real);
        await clock.advance(120_000);
        for (const viewer of real.viewers) {
          expect(viewer.end).toBe('complete');
          expect(viewer.last && isTerminal(viewer.last)).toBe(true);
        }
        expect([server.inFlight, clock.pending]).toEqual([0, 0]);
      }),
      { numRuns: 60 },
    );
  });
});
