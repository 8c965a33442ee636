import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Provider } from '../providers/provider.js';
import type { PollSettings } from '../watch/poll-source.js';
import type { FleetSettings } from './fleet-settings.js';
import type { Layout } from './layout.js';

/** What every part of a fleet works with. */
export interface FleetContext {
  readonly connection: NatsConnection;
  readonly js: JetStreamClient;
  /** Finds streams, consumers and messages. */
  readonly manager: JetStreamManager;
  readonly layout: Layout;
  readonly settings: FleetSettings;
  readonly providers: readonly Provider[];
  /** How tasks are asked about. */
  readonly polling: PollSettings;
}
