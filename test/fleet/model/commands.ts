import fc from 'fast-check';
import { holdLaws } from './laws.js';
import { type Said, tasks, type World } from './world.js';

type Command = fc.AsyncCommand<World, World>;

/** One thing that happens; what cannot happen now is left out. */
function command(name: string, act: (world: World) => void, can: (world: World) => boolean = () => true): Command {
  return {
    check: can,
    toString: () => name,
    async run(_, world) {
      act(world);
      await world.settle();
      holdLaws(world);
    },
  };
}

function pick<T>(all: readonly T[], nth: number): T {
  return all[nth % all.length] as T;
}

const nth = fc.nat(7);
const task = fc.constantFrom(...tasks);
const said = fc.constantFrom<Said>(
  'queued',
  'queued',
  'running',
  'running',
  'completed',
  'failed',
  'trouble',
  'pause',
  'lost',
  'no-room',
  'refused-key',
);

const isCalling = ({ wire }: World) => wire.calls.length > 0;
const isAsking = ({ polls }: World) => polls.length > 0;

const submitted = fc
  .tuple(task, fc.constantFrom(0, 3_000, 30_000, Number.POSITIVE_INFINITY))
  .map(([ref, ms]) => command(`submit ${ref.id} for ${ms} ms`, (world) => world.submit(ref, ms)));
const garbage = task.map((ref) => command(`submit garbage for ${ref.id}`, (world) => world.submitGarbage(ref)));
const forgotten = task.map((ref) => command(`forget ${ref.id}`, (world) => world.forget(ref)));
const delivered = fc.tuple(nth, nth).map(([who, which]) =>
  command(
    `deliver ${which} to ${who}`,
    ({ server, workers }) => pick(workers, who).take(pick(server.due(), which)),
    ({ server }) => server.due().length > 0,
  ),
);
const stepped = nth.map((which) => command(`step ${which}`, ({ wire }) => pick(wire.calls, which).step(), isCalling));
const lost = nth.map((which) => command(`lose ${which}`, ({ wire }) => pick(wire.calls, which).lose(), isCalling));
const answered = fc
  .tuple(nth, said)
  .map(([which, what]) =>
    command(`answer ${which}: ${what}`, (world) => world.answer(pick(world.polls, which), what), isAsking),
  );
const crashed = nth.map((who) => command(`crash ${who}`, (world) => world.crash(who % world.workers.length)));
const died = nth.map((who) =>
  command(
    `client ${who} dies`,
    (world) => world.abandon(pick([...world.clients], who)),
    ({ clients }) => clients.size > 0,
  ),
);
const fenced = nth.map((who) => command(`fence ${who}`, ({ workers }) => pick(workers, who).letGo()));
const passed = fc.constantFrom(50, 900, 2_500, 6_000, 11_000).map((ms) =>
  command(`${ms} ms pass`, ({ server }) => {
    server.nowMs += ms;
  }),
);
const beside = fc
  .tuple(task, fc.constantFrom('completed', 'queued', 'garbage'))
  .map(([ref, what]) => command(`beside: ${ref.id} ${what}`, (world) => world.publishBeside(ref, what)));
const haunted = fc.constant(command('a ghost', ({ server }) => void server.haunt()));

/** All that is under way reaches its end, as it mostly does. */
const flowed = fc.constant<Command>({
  check: isCalling,
  toString: () => 'flow',
  async run(_, world) {
    while (isCalling(world)) {
      world.wire.calls[0]?.step();
      await world.settle();
      holdLaws(world);
    }
  },
});

/** The same, and each time an app beside the fleet is a little faster. */
const crowded = task.map<Command>((ref) => ({
  check: isCalling,
  toString: () => `a crowd around ${ref.id}`,
  async run(_, world) {
    for (let steps = 0; steps < 12 && isCalling(world); steps++) {
      world.publishBeside(ref, 'running');
      world.wire.calls[0]?.step();
      await world.settle();
      holdLaws(world);
    }
  },
}));

/** What may happen, as often as it is worth to be tried: an arbitrary that is there twice comes twice as often. */
export const happenings: fc.Arbitrary<Command>[] = [
  ...Array(2).fill(submitted),
  garbage,
  ...Array(2).fill(forgotten),
  ...Array(5).fill(delivered),
  ...Array(7).fill(stepped),
  ...Array(4).fill(flowed),
  ...Array(5).fill(answered),
  ...Array(3).fill(passed),
  lost,
  crashed,
  died,
  fenced,
  beside,
  crowded,
  haunted,
];
