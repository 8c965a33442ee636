import { EventEmitter } from 'node:events';
import { lastValueFrom, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CloudEvent, type Emitter, emitterPublisher, publishTo, toCloudEvent } from '../../src/bridges/index.js';
import { snapshotOf } from '../../src/testing/index.js';

const snapshot = snapshotOf('completed');
const event = toCloudEvent(snapshot);

describe('publishing to an emitter', () => {
  it('emits each event under its type', async () => {
    const emitter = new EventEmitter();
    const heard: CloudEvent[] = [];
    emitter.on('rushes.task.completed', (one: CloudEvent) => heard.push(one));
    await emitterPublisher(emitter).publish(event);
    expect(heard).toEqual([event]);
  });

  it('takes an emitter with typed events', async () => {
    const emitter: Emitter = new EventEmitter<Record<CloudEvent['type'], [CloudEvent]>>();
    await expect(emitterPublisher(emitter).publish(event)).resolves.toBeUndefined();
  });

  it('gives up an event at once when a listener throws, as the others have heard it', async () => {
    const emitter = new EventEmitter();
    let heard = 0;
    emitter.on('rushes.task.completed', () => heard++);
    emitter.on('rushes.task.completed', () => {
      throw new Error('a listener fell');
    });
    await expect(lastValueFrom(of(snapshot).pipe(publishTo(emitterPublisher(emitter))))).rejects.toMatchObject({
      code: 'PUBLISH_FAILED',
      message: `rushes.task.completed of ${event.subject} was not published: a listener failed: a listener fell`,
      retryable: false,
      event: { id: event.id },
    });
    expect(heard).toBe(1);
  });

  it('refuses what emits nothing', () => {
    expect(() => emitterPublisher(Object({}))).toThrow(
      'emitterPublisher(emitter): expected an emitter, which has a method emit, received an object',
    );
  });
});
