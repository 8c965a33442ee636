import { describe, expect, it } from 'vitest';
import { toCloudEvent } from '../../src/bridges/index.js';
import { mqttPublisher, mqttSource } from '../../src/bridges/mqtt/index.js';
import { snapshotOf } from '../../src/testing/index.js';
import { refusal, scriptedClient } from './mqtt-clients.js';

const event = toCloudEvent(snapshotOf('queued'));

describe('mqttPublisher', () => {
  it('shares its listeners with all that have the client', () => {
    const client = scriptedClient();
    for (let i = 0; i < 20; i++) {
      mqttPublisher(client, { topic: `video/${i}` });
      mqttSource(client, { topic: `video/${i}` });
    }
    expect(client.eventNames().map((name) => client.listenerCount(name))).toEqual([1, 1, 1, 1]);
  });

  it('knows of each client by itself', async () => {
    const [lost, well] = [scriptedClient(), scriptedClient()];
    const publishers = [lost, well].map((client) => mqttPublisher(client, { topic: 'video' }));
    lost.lose(false);
    well.publish.mockImplementation((_topic, _message, _options, acknowledged) => acknowledged(null));
    const results = await Promise.allSettled(publishers.map((publisher) => publisher.publish(event)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  });

  it('rejects what is under way and what comes, by its first reason, until the client connects again', async () => {
    const client = scriptedClient();
    const publisher = mqttPublisher(client, { topic: 'video' });
    const underWay = [publisher.publish(event), publisher.publish(event)];
    client.emit('error', refusal());
    client.lose(false);
    for (const publish of [...underWay, publisher.publish(event)]) await expect(publish).rejects.toThrow('refused');
    expect(client.publish).toHaveBeenCalledTimes(2);
    client.comeBack();
    client.publish.mockImplementation((_topic, _message, _options, acknowledged) => acknowledged(null));
    await publisher.publish(event);
  });

  it('waits while the client reconnects', async () => {
    const client = scriptedClient();
    const underWay = mqttPublisher(client, { topic: 'video' }).publish(event);
    client.lose(true);
    client.comeBack();
    client.publish.mock.calls[0]?.[3](null);
    await underWay;
  });
});
