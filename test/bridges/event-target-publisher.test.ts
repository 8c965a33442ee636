import { lastValueFrom, of } from 'rxjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CloudEvent, eventTargetPublisher, publishTo, toCloudEvent } from '../../src/bridges/index.js';
import { snapshotOf } from '../../src/testing/index.js';

const event = toCloudEvent(snapshotOf('completed'));

describe('publishing to an EventTarget', () => {
  it('dispatches each event under its type, as detail', async () => {
    const target = new EventTarget();
    const heard: unknown[] = [];
    target.addEventListener('rushes.task.completed', (one) => heard.push((one as CustomEvent<CloudEvent>).detail));
    await eventTargetPublisher(target).publish(event);
    expect(heard).toEqual([event]);
  });

  it('dispatches all under one type where one is given', async () => {
    const target = new EventTarget();
    const heard: string[] = [];
    target.addEventListener('news', (one) => heard.push((one as CustomEvent<CloudEvent>).detail.type));
    await eventTargetPublisher(target, { type: 'news' }).publish(event);
    expect(heard).toEqual([event.type]);
  });

  describe('when a listener throws', () => {
    const before = process.listeners('uncaughtException');
    const uncaught: unknown[] = [];
    beforeEach(() => {
      process.removeAllListeners('uncaughtException').on('uncaughtException', (error) => uncaught.push(error));
    });
    afterEach(() => {
      process.removeAllListeners('uncaughtException');
      for (const listener of before) process.on('uncaughtException', listener);
    });

    it('tells the others once, and the error goes to the global handler', async () => {
      const target = new EventTarget();
      const failure = new Error('a listener fell');
      let heard = 0;
      target.addEventListener('news', () => {
        throw failure;
      });
      target.addEventListener('news', () => heard++);
      const snapshot = snapshotOf('completed');
      const published = lastValueFrom(of(snapshot).pipe(publishTo(eventTargetPublisher(target, { type: 'news' }))));
      await expect(published).resolves.toBe(snapshot);
      await expect.poll(() => uncaught).toEqual([failure]);
      expect(heard).toBe(1);
    });
  });

  it.each([
    [() => eventTargetPublisher(Object({})), 'eventTargetPublisher(target): expected an EventTarget'],
    [
      () => eventTargetPublisher(new EventTarget(), { type: '' }),
      'eventTargetPublisher.type: expected a string that is not empty',
    ],
    [
      () => eventTargetPublisher(new EventTarget(), Object({ kind: 'x' })),
      'eventTargetPublisher: expected no other options than type',
    ],
  ])('refuses what it cannot work with: %s', (call, message) => {
    expect(call).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(message) }),
    );
  });
});
