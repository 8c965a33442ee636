/** The Web Locks of this page or worker; `undefined` where the platform has none. */
function webLocks(): LockManager | undefined {
  return globalThis.navigator?.locks;
}

/** Holds the lock of that name until `end` resolves, or this tab is gone. Resolves once it is held. */
export function holdLock(name: string, end: Promise<void>): Promise<void> {
  const locks = webLocks();
  if (!locks) return Promise.resolve();
  return new Promise((resolve, reject) => {
    const held = () => {
      resolve();
      return end;
    };
    locks.request(name, held).catch(reject);
  });
}

/** The names of all locks that tabs of this origin hold; `undefined` where the platform has none. */
export async function heldLocks(): Promise<ReadonlySet<string | undefined> | undefined> {
  const found = await webLocks()?.query();
  return found && new Set(found.held?.map(({ name }) => name));
}
