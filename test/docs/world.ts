import * as rushes from '../../src/index.js';
import { createClock, createSimulator, type Timeline } from '../../src/testing/index.js';

/** The vendors in virtual time, and `rushes` as it is when it talks to them. */
export interface World {
  readonly rushes: object;
  readonly client: rushes.Client;
  readonly task: rushes.TaskRef;
  readonly tasks: readonly rushes.TaskRef[];
  /** Lets time pass until `work` is done and nothing waits. */
  during(work: Promise<void>): Promise<void>;
}

const mounts: Readonly<Record<string, string>> = {
  'https://api.cometapi.com': '/cometapi',
  'https://api.getinfinityblue.com': '/infinity-blue',
  'https://ark.ap-southeast.bytepluses.com/api/v3': '/ark',
  'https://gateway.example.com': '/openai-compatible',
};

const life: Timeline = [
  { afterMs: 5_000, status: 'in_progress', progress: 20 },
  { afterMs: 40_000, status: 'in_progress', progress: 70 },
  { afterMs: 70_000, status: 'completed' },
];

const LONGEST_MS = 7_200_000;
const STEP_MS = 5_000;

export function createWorld(): World {
  const clock = createClock();
  const sim = createSimulator({ scheduler: clock, timeline: () => life });
  for (const id of ['task_abc123', 'task_def456', 'task_ghi789']) sim.add('cometapi', { id });
  sim.add('cometapi', {
    id: 'task_moderated',
    timeline: [
      { afterMs: 30_000, status: 'failed', error: { code: 'InputTextSensitive', message: 'Not this prompt.' } },
    ],
  });
  sim.add('infinity-blue', { id: 'video_1' });
  sim.add('ark', { id: 'cgt-1' });

  const fetch = (url: string, init: RequestInit): Promise<Response> => {
    const [base, mount] = Object.entries(mounts).find(([known]) => url.startsWith(known)) ?? ['', ''];
    return sim.fetch(`http://sim.test${mount}${url.slice(base.length)}`, init);
  };
  const atTime = { scheduler: clock, random: () => 0.5 };
  const createClient = (to: rushes.Provider & rushes.Backend, options: rushes.ClientOptions = {}) => {
    const isBackend = typeof to === 'function' || typeof to.watch === 'function';
    const usual = isBackend ? { scheduler: clock } : { ...atTime, ...(!options.transport && { fetch }) };
    return rushes.createClient(to, { ...usual, ...options });
  };
  return {
    rushes: {
      ...rushes,
      createClient,
      createBudget: (options: rushes.BudgetOptions) => rushes.createBudget({ scheduler: clock, ...options }),
      errorIfStalled: (options: rushes.ErrorIfStalledOptions) =>
        rushes.errorIfStalled({ scheduler: clock, ...options }),
      retryTransient: (options: rushes.RetryTransientOptions) => rushes.retryTransient({ ...atTime, ...options }),
    },
    client: createClient(rushes.cometapi({ apiKey: 'sk-docs' }) as rushes.Provider & rushes.Backend),
    task: { provider: 'cometapi', id: 'task_abc123' },
    tasks: ['task_abc123', 'task_def456', 'task_moderated'].map((id) => ({ provider: 'cometapi', id })),
    async during(work) {
      let isDone = false;
      const end = work.finally(() => {
        isDone = true;
      });
      end.catch(() => undefined);
      const untilMs = clock.now() + LONGEST_MS;
      do await clock.advance(STEP_MS);
      while (!(isDone && clock.pending === 0) && clock.now() < untilMs);
      await end;
    },
  };
}
