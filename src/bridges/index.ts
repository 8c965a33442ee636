// The envelope

export { type CloudEvent, type EventData, toCloudEvent } from './cloud-event.js';
export { type Attributes, fromCloudEvent } from './from-cloud-event.js';

// Onto a bus

export { isPublishFailed, type PublishError } from './publish-failed.js';
export { type PublishOptions, publishDefaults } from './publish-options.js';
export { publishTo } from './publish-to.js';
export type { Publisher } from './publisher.js';

// Back from a bus

export { type BusSourceOptions, busSourceDefaults, type Skipped } from './told-source.js';

// Within one process

export { type Emitter, emitterPublisher } from './emitter-publisher.js';
export { type EventTargetPublisherOptions, eventTargetPublisher } from './event-target-publisher.js';
export { type MemoryBus, type MemoryBusOptions, memoryBus, memoryBusDefaults } from './memory-bus.js';
