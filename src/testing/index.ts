// The vendors' APIs, with and without a socket

export type { CometapiOptions } from './dialects/cometapi.js';
export type { InfinityBlueOptions } from './dialects/infinity-blue.js';
export { type MediaOptions, mediaDefaults } from './media/media.js';
export { type SimulateOptions, type Simulation, simulate } from './simulate.js';
export {
  type AddedTask,
  createSimulator,
  type NewTask,
  type Simulator,
  type SimulatorOptions,
  simulatorDefaults,
} from './simulator.js';

// What was asked of them

export type { Operation, ProviderName, TaskInput } from './dialects/dialect.js';
export type { SimulatedRequest } from './server/request-log.js';
export type { SimulatedTask } from './server/task-store.js';

// The life of a task

export {
  neverEnding,
  type RandomTimelineOptions,
  randomTimeline,
  randomTimelineDefaults,
  type Timeline,
  type TimelinePoint,
} from './timeline.js';

// What goes wrong

export {
  type AnyFault,
  type Fault,
  type FaultKind,
  type FaultKinds,
  type FaultRequest,
  type FaultScript,
  type RandomFaultKind,
  type RandomFaultsOptions,
  randomFaults,
  randomFaultsDefaults,
  transientFaults,
} from './fault.js';

// Time that a test controls

export { type Clock, type ClockOptions, createClock } from './clock.js';
