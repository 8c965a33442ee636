import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import type { Client } from '../client.js';
import type { TaskRef } from '../task/ref.js';
import type { Snapshot } from '../task/snapshot.js';
import { HeldWatch } from './held-watch.js';

/**
 * The watches that components hold on one client. One is let go of a macrotask after nobody listens any more, so that
 * whoever leaves and comes back in the same breath, as StrictMode and fast refresh do, finds it as it was.
 */
export class HeldWatches {
  readonly #client: Pick<Client, 'watch'>;
  readonly #scheduler: SchedulerLike;
  readonly #byId = new Map<string, readonly HeldWatch[]>();
  readonly #idle = new Set<HeldWatch>();
  #letGo: Subscription | undefined;

  constructor(client: Pick<Client, 'watch'>, scheduler: SchedulerLike = asyncScheduler) {
    this.#client = client;
    this.#scheduler = scheduler;
  }

  /** The watch of this task, where one is held. */
  find(name: TaskRef): HeldWatch | undefined {
    return this.#byId.get(name.id)?.find((held) => isOneName(held.name, name));
  }

  /**
   * Holds the watch of a task until what is returned is called.
   *
   * @param name - with an empty provider where the task is named by its id alone.
   * @param known - what the watch starts from, unless more is known already.
   */
  hold(name: TaskRef, known: Snapshot | undefined, listener: () => void): () => void {
    const held = this.find(name) ?? this.#open(name);
    this.#idle.delete(held);
    held.join(listener, known);
    return () => {
      held.leave(listener);
      if (!held.isIdle) return;
      this.#idle.add(held);
      this.#letGo ??= this.#scheduler.schedule(() => this.#endIdle());
    };
  }

  #open(name: TaskRef): HeldWatch {
    const held = new HeldWatch(name, (task) => this.#client.watch(task));
    this.#byId.set(name.id, [...(this.#byId.get(name.id) ?? []), held]);
    return held;
  }

  #endIdle(): void {
    this.#letGo = undefined;
    for (const held of this.#idle) {
      held.end();
      const { id } = held.name;
      const others = this.#byId.get(id)?.filter((other) => other !== held) ?? [];
      if (others.length === 0) this.#byId.delete(id);
      else this.#byId.set(id, others);
    }
    this.#idle.clear();
  }
}

/** A client that takes an id alone has one provider, so whatever it takes by that id is the same task. */
function isOneName(a: TaskRef, b: TaskRef): boolean {
  return a.provider === b.provider || a.provider === '' || b.provider === '';
}

/**
 * What would be a private field of each client, if hooks were part of it: it lives and dies with its client, no client
 * sees another's, and nothing in it outlives the components by more than a macrotask. Written only when components
 * mount, so rendering on a server leaves no trace.
 */
const ofClients = new WeakMap<Client, HeldWatches>();

/** The watches held on `client`, if any ever were. */
export function findHeldWatches(client: Client): HeldWatches | undefined {
  return ofClients.get(client);
}

/** The watches held on `client`. */
export function heldWatches(client: Client): HeldWatches {
  const held = ofClients.get(client) ?? new HeldWatches(client);
  ofClients.set(client, held);
  return held;
}
