// The server's side

export { type EventStreamOptions, eventStream, eventStreamDefaults } from './gateway/event-stream.js';
export { type Gateway, gateway } from './gateway/gateway.js';
export {
  type GatewayLimits,
  type GatewayOptions,
  gatewayDefaults,
  gatewayLimitsDefaults,
} from './gateway/gateway-options.js';
export { withoutSecrets } from './gateway/projected.js';

// The viewers' side

export type { TaskEvent } from '../operators/task-event.js';
export type { RemoteHeaders } from './remote/headers.js';
export { type Remote, remote } from './remote/remote.js';
export { type RemoteOptions, remoteDefaults } from './remote/remote-options.js';
