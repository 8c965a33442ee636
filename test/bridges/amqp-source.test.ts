import { describe, expect, it } from 'vitest';
import { amqpSource } from '../../src/bridges/amqp/index.js';
import { busSourceDefaults } from '../../src/bridges/read/bus-source-options.js';
import { retryDefaults, type Snapshot } from '../../src/index.js';
import { createClock } from '../../src/testing/index.js';
import { scriptedChannel } from './amqp-channels.js';

const task = { provider: 'test', id: 'task_1' };

/** A watch that heard `queued` long ago, and whose channel was then lost; the next delivers `early` at once. */
async function cutOff(...early: Snapshot['status'][]) {
  const clock = createClock();
  const [first, second] = [scriptedChannel(), scriptedChannel(...early)];
  const channels = [first, second];
  const source = amqpSource(async () => channels.shift() ?? Promise.reject(new Error('no more')), {
    exchange: 'video',
    scheduler: clock,
  });
  const told: string[] = [];
  source(task).subscribe({
    next: ({ status }) => told.push(status),
    error: ({ code }) => told.push(code),
    complete: () => told.push('complete'),
  });
  await clock.advance(0);
  first.tell('queued');
  await clock.advance(2 * busSourceDefaults.firstNewsMs);
  expect(told).toEqual(['queued']);
  first.emit('close');
  await clock.advance(retryDefaults.initialMs);
  expect(channels).toEqual([]);
  return { clock, second, told };
}

describe('amqpSource, after its channel was lost,', () => {
  it('is STALLED when nothing is heard of a task for firstNewsMs', async () => {
    const { clock, second, told } = await cutOff();
    await clock.advance(busSourceDefaults.firstNewsMs);
    expect(told).toEqual(['queued', 'STALLED']);
    expect(second.close).toHaveBeenCalledTimes(1);
    expect(clock.pending).toBe(0);
  });

  it('goes on for any time once something was heard', async () => {
    const { clock, second, told } = await cutOff();
    second.tell('queued');
    await clock.advance(2 * busSourceDefaults.firstNewsMs);
    second.tell('completed');
    expect(told).toEqual(['queued', 'completed', 'complete']);
  });

  it('has heard what comes before it knows that the broker lets it consume', async () => {
    const { clock, told } = await cutOff('in_progress');
    await clock.advance(2 * busSourceDefaults.firstNewsMs);
    expect(told).toEqual(['queued', 'in_progress']);
  });
});
