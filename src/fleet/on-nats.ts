import { jetstream } from '@nats-io/jetstream';
import type { NatsConnection } from '@nats-io/transport-node';
import type { Observable } from 'rxjs';
import type { TaskRef } from '../task/ref.js';
import type { SnapshotSource } from '../watch/snapshot-source.js';
import type { FleetContext } from './fleet-context.js';
import { fleetSource } from './fleet-source.js';
import { type Forgotten, forget } from './forget.js';
import type { NatsClient } from './nats-client.js';
import { natsTrouble } from './nats-trouble.js';
import { type FleetStatus, statusOf } from './status/status.js';
import type { Difference } from './streams/difference.js';
import { upgrade } from './streams/upgrade.js';
import { type Submitted, submit } from './submit.js';
import type { WatchOrder } from './watch-order.js';
import type { WorkFigures } from './worker/figures.js';
import { callRoll } from './worker/roll-call.js';
import { work } from './worker/work.js';
import type { WorkSettings } from './worker/work-options.js';

/** What a fleet does on NATS. Only here is the client of NATS loaded: who polls once for another engine has none. */
export interface OnNats {
  submit(order: WatchOrder): Promise<Submitted>;
  forget(task: TaskRef): Promise<Forgotten>;
  readonly source: SnapshotSource;
  work(settings: WorkSettings): Observable<WorkFigures>;
  status(): Promise<FleetStatus>;
  upgrade(): Promise<readonly Difference[]>;
}

/** Takes the connection of a user. Whether JetStream is there is not asked: it takes a right more. */
export async function onNats(
  client: NatsClient,
  parts: Omit<FleetContext, 'connection' | 'js' | 'manager'>,
): Promise<OnNats> {
  const connection = client as NatsConnection;
  const js = jetstream(connection);
  const manager = await js.jetstreamManager(false);
  const fleet: FleetContext = { ...parts, connection, js, manager };
  const { layout, settings, providers } = parts;
  const names = providers.map(({ name }) => name);
  return {
    submit: (order) => submit(fleet, order),
    forget: (task) => forget(fleet, task),
    source: fleetSource(fleet),
    work: (chosen) => work(fleet, chosen),
    status: () => statusOf(fleet),
    upgrade: async () => {
      try {
        const running = async () => (await callRoll(fleet)).length;
        return await upgrade(manager, layout, settings, names, running);
      } catch (error) {
        throw natsTrouble(error);
      }
    },
  };
}
