import { afterEach, beforeEach, describe, expect } from 'vitest';
import { browserOfTests } from './open-browser.js';
import { heardBy, openTab, type PolledServer, polledServer } from './tabs-server.js';

describe('a page whose network goes and comes', () => {
  const { it, context: newContext } = browserOfTests();
  let server: PolledServer;
  beforeEach(async () => {
    server = await polledServer();
  });
  afterEach(() => server.close());

  it('asks at once when it is online again', { timeout: 60_000 }, async () => {
    const context = await newContext();
    const page = await openTab(context, server, 'a', 'every=3600000');
    await expect.poll(() => heardBy(page)).toEqual(['in_progress 10']);
    await context.setOffline(true);
    server.says = { status: 'in_progress', progress: 60 };
    expect(server.asked).toHaveLength(1);
    await context.setOffline(false);
    await expect.poll(() => heardBy(page)).toEqual(['in_progress 10', 'in_progress 60']);
    expect(server.asked).toHaveLength(2);
    await context.close();
  });
});
