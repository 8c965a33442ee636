// Time that a test controls
export { type Clock, type ClockOptions, createClock } from './clock.js';
// What was asked of them
export type { Operation, ProviderName, TaskInput } from './dialect.js';
export type { CometapiOptions } from './dialects/cometapi.js';
export type { InfinityBlueOptions } from './dialects/infinity-blue.js';
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
  TRANSIENT_FAULTS,
} from './fault.js';
export type { MediaOptions } from './media.js';
export type { SimulatedRequest } from './request-log.js';
// The vendors' APIs, with and without a socket
export { type SimulateOptions, type Simulation, simulate } from './simulate.js';
export { type AddedTask, createSimulator, type NewTask, type Simulator, type SimulatorOptions } from './simulator.js';
export type { SimulatedTask } from './task-store.js';
// The life of a task
export {
  neverEnding,
  type RandomTimelineOptions,
  randomTimeline,
  type Timeline,
  type TimelinePoint,
} from './timeline.js';
