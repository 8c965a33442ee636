import type { JetStreamClient, JetStreamManager } from '@nats-io/jetstream';
import { describe, expect, it } from 'vitest';
import { Layout } from '../../src/fleet/layout.js';
import { ServerClock } from '../../src/fleet/worker/server-clock.js';

describe('the messages that clocks are read off', () => {
  it('lie on sixteen subjects, however many workers there ever were', async () => {
    const subjects = new Set<string>();
    const publish = async (subject: string) => {
      subjects.add(subject);
      return { seq: 1 };
    };
    const js = { publish } as unknown as JetStreamClient;
    const manager = { streams: { getMessage: async () => ({ time: new Date(0) }) } } as unknown as JetStreamManager;
    const clocks = { monotonicMs: () => 0, wallMs: () => 0 };
    const layout = new Layout('video');
    for (let i = 0; i < 1_000; i++) await new ServerClock(js, manager, layout, crypto.randomUUID(), clocks).read();
    expect([...subjects].sort()).toEqual([...'0123456789abcdef'].map((digit) => `video.clocks.${digit}`));
  });
});
