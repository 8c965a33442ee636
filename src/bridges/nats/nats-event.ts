import { headers, type MsgHdrs } from '@nats-io/transport-node';

/** Codes of JetStream for a message that is not the next of its subject. */
const wrongLastSequence: readonly unknown[] = [10_071, 10_164];

/** Whether a stream refused a message as its subject has another last one than was expected. */
export function isPreceded(error: unknown): boolean {
  return wrongLastSequence.includes(Object(error).code);
}

/** The headers of a message that is a CloudEvent in JSON. */
export function eventHeaders(): MsgHdrs {
  const fields = headers();
  fields.set('Content-Type', 'application/cloudevents+json');
  return fields;
}
