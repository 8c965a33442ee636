// The envelope

export { type CloudEvent, type EventData, toCloudEvent } from './envelope/cloud-event.js';
export { type Attributes, fromCloudEvent } from './envelope/from-cloud-event.js';

// Onto a bus

export { isPublishFailed, type PublishError } from './publish/publish-failed.js';
export { type PublishOptions, publishDefaults } from './publish/publish-options.js';
export { publishTo } from './publish/publish-to.js';
export type { Publisher } from './publish/publisher.js';

// Back from a bus

export { type BusSourceOptions, busSourceDefaults, type Skipped } from './read/bus-source-options.js';

// Within one process

export { type Emitter, emitterPublisher } from './in-process/emitter-publisher.js';
export { type EventTargetPublisherOptions, eventTargetPublisher } from './in-process/event-target-publisher.js';
export { type MemoryBus, type MemoryBusOptions, memoryBus, memoryBusDefaults } from './in-process/memory-bus.js';
