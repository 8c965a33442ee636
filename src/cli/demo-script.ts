import type { CreateInput } from '../index.js';
import type { Fault, FaultScript, NewTask, ProviderName, Timeline, TimelinePoint } from '../testing/index.js';

/** A task of the demo: what is ordered, how its life goes, and what goes wrong when it is asked about. */
export interface Scene {
  readonly provider: ProviderName;
  readonly input: CreateInput;
  readonly timeline: Timeline;
  /** What befalls its nth read. */
  readonly fault?: (nth: number) => Fault | undefined;
}

/** A dozen lives, in simulated milliseconds. */
export const scenes: readonly Scene[] = [
  scene('cometapi', 'doubao-seedance-2-0', 'A paper boat in a gutter, at dusk', filmed(95_000), {
    fault: at({ 3: { kind: 'html', status: 502 }, 4: { kind: 'serverError', status: 503 } }),
  }),
  scene('cometapi', 'doubao-seedance-2-0-fast', 'A fox that reads the morning paper', filmed(122_000), {
    fault: at({ 5: { kind: 'reset' }, 6: { kind: 'reset' }, 9: { kind: 'html', status: 504 } }),
  }),
  scene('cometapi', 'doubao-seedance-1-5-pro', 'Rain on a tin roof, from inside', requeued(180_000), {
    fault: at({
      3: { kind: 'unknownStatus', word: 'storyboarding' },
      4: { kind: 'unknownStatus', word: 'storyboarding' },
    }),
  }),
  scene('cometapi', 'doubao-seedance-1-0-pro', 'A lighthouse that blinks back', filmed(150_000), {
    fault: from(8, { kind: 'notFound' }),
  }),
  scene('infinity-blue', 'doubao-seedance-2-0-260128', 'Two umbrellas, one puddle', filmed(105_000), {
    fault: at({ 4: { kind: 'garbled' }, 7: { kind: 'empty' } }),
  }),
  scene('infinity-blue', 'doubao-seedance-2-0-fast-260128', 'A very famous mouse', refused(88_000)),
  scene('infinity-blue', 'doubao-seedance-2-0-260128', 'A tram crossing a frozen sea', filmed(160_000), {
    fault: at({ 9: { kind: 'rateLimited' }, 10: { kind: 'errorBody' } }),
  }),
  scene('infinity-blue', 'doubao-seedance-2-0-fast-260128', 'Bees, very slowly', filmed(140_000), {
    fault: from(7, { kind: 'html', status: 502 }),
  }),
  scene('ark', 'doubao-seedance-2-0-260128', 'A kite that outlives its string', filmed(78_000)),
  scene('ark', 'doubao-seedance-1-5-pro-251215', 'Snow falling upwards', filmed(165_000), {
    fault: at({ 5: { kind: 'hang' }, 8: { kind: 'rateLimited', retryAfter: 1 } }),
  }),
  scene('ark', 'doubao-seedance-2-0-fast-260128', 'The last night bus', expired(125_000)),
  scene('ark', 'doubao-seedance-1-0-pro-250528', 'A river with no other side', [
    { afterMs: 6_000, status: 'in_progress' },
  ]),
];

/** The life that is written for a task. */
export function lifeOf({ input }: NewTask): Timeline | undefined {
  return sceneOf(input.prompt)?.timeline;
}

/** What goes wrong with a request, if it is written for its task. */
export const faultOf: FaultScript = ({ operation, nth, task }) =>
  operation === 'read' ? sceneOf(task?.input.prompt)?.fault?.(nth) : undefined;

/** A simulator draws its ids, so a scene is known by its prompt. */
function sceneOf(prompt: string | undefined): Scene | undefined {
  return scenes.find(({ input }) => input.prompt === prompt);
}

function scene(
  provider: ProviderName,
  model: string,
  prompt: string,
  timeline: Timeline,
  more: Pick<Scene, 'fault'> = {},
): Scene {
  return { provider, input: { model, prompt, seconds: 5 }, timeline, ...more };
}

function at(faults: Readonly<Record<number, Fault>>): (nth: number) => Fault | undefined {
  return (nth) => faults[nth];
}

function from(first: number, fault: Fault): (nth: number) => Fault | undefined {
  return (nth) => (nth >= first ? fault : undefined);
}

/** Progress from one share of a life to another, a percent at a time. */
function rising(lifeMs: number, fromPercent: number, toPercent: number): TimelinePoint[] {
  return Array.from({ length: toPercent - fromPercent }, (_, step) => ({
    afterMs: Math.round((lifeMs * (fromPercent + step)) / 100),
    status: 'in_progress',
    progress: fromPercent + step,
  }));
}

function filmed(lifeMs: number): Timeline {
  return [...rising(lifeMs, 8, 100), { afterMs: lifeMs, status: 'completed' }];
}

function requeued(lifeMs: number): Timeline {
  const again = { afterMs: Math.round(lifeMs * 0.4), status: 'queued' } as const;
  return [...rising(lifeMs, 5, 40), again, ...rising(lifeMs, 50, 100), { afterMs: lifeMs, status: 'completed' }];
}

function refused(lifeMs: number): Timeline {
  const error = {
    code: 'OutputVideoSensitiveContentDetected',
    message: 'The request failed because the output video may contain sensitive information.',
  };
  return [...rising(lifeMs, 8, 83), { afterMs: lifeMs, status: 'failed', error }];
}

function expired(lifeMs: number): Timeline {
  const error = { code: 'TaskExpired', message: 'The task was not started within its execution_expires_after.' };
  return [{ afterMs: lifeMs, status: 'expired', error }];
}
