/** Runs a check in a world of its own, which is closed whatever becomes of it. */
export async function runIn<World extends { close?(): void | Promise<void> }>(
  open: () => World | Promise<World>,
  check: (world: World) => Promise<void>,
): Promise<void> {
  const world = await open();
  try {
    await check(world);
  } finally {
    await world.close?.();
  }
}
