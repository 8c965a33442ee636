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

// Streams of snapshots as text

export {
  type FactsOf,
  letterFor,
  marblesDefaults,
  type SnapshotMarblesOptions,
  snapshotMarbles,
  snapshotOf,
} from './marbles.js';
export { type MarblesDrawingOptions, marblesDrawing, marblesDrawingDefaults } from './marbles-drawing.js';
export { type MarblesSourceOptions, marblesSource, marblesSourceDefaults } from './marbles-source.js';

// What whoever writes a part must keep to

export { type BridgeCheck, bridgeConformance } from './conformance/bridge-conformance.js';
export {
  type BridgeConformanceOptions,
  type BusWorld,
  bridgeConformanceDefaults,
} from './conformance/bridge-manifest.js';
export { type ProviderCheck, providerConformance } from './conformance/provider-conformance.js';
export {
  type ProviderConformanceOptions,
  type ProviderWording,
  providerConformanceDefaults,
  type ToldFacts,
} from './conformance/provider-manifest.js';
export { type SourceCheck, sourceConformance } from './conformance/source-conformance.js';
export {
  type SourceConformanceOptions,
  type SourceWorld,
  sourceConformanceDefaults,
} from './conformance/source-manifest.js';

// Deliberately absent: arbitraries, which need fast-check and have an entry of their own.
