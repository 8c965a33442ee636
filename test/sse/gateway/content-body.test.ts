import { NEVER, Subject } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { contentBody } from '../../../src/sse/gateway/content-body.js';
import { createClock } from '../../../src/testing/index.js';

/** A body in virtual time whose source says what the test says. */
function stage(over: { closing?: Subject<void> } = {}) {
  const clock = createClock();
  const source = new TransformStream<Uint8Array, Uint8Array>(undefined, undefined, { highWaterMark: 1 });
  let overs = 0;
  const body = contentBody(new Uint8Array([0]), source.readable.getReader(), {
    ...{ stallTimeoutMs: 30_000, maxStreamMs: 3_600_000, scheduler: clock, closing: NEVER, ...over },
    onOver: () => overs++,
  });
  return { clock, reader: body.getReader(), writer: source.writable.getWriter(), overs: () => overs };
}

describe('the body of a video', () => {
  it('goes on for a viewer who reads, however slowly its source speaks', async () => {
    const { clock, reader, writer, overs } = stage();
    await reader.read();
    for (let i = 1; i <= 5; i++) {
      const reading = reader.read();
      await clock.advance(29_000);
      await writer.write(new Uint8Array([i]));
      expect((await reading).value).toEqual(new Uint8Array([i]));
    }
    const end = reader.read();
    await clock.advance(60_000);
    await writer.close();
    expect([(await end).done, overs(), clock.pending]).toEqual([true, 1, 0]);
  });

  it('breaks for a viewer who stops reading, at the start or later', async () => {
    for (const taken of [0, 1, 2]) {
      const { clock, reader, writer, overs } = stage();
      writer.write(new Uint8Array([1])).catch(() => undefined);
      const closed = expect(reader.closed).rejects.toThrow('the viewer took nothing for 30000 ms');
      for (let i = 0; i < taken; i++) await reader.read();
      await clock.advance(29_999);
      expect(overs()).toBe(0);
      await clock.advance(1);
      await closed;
      await expect(writer.closed).rejects.toThrow('took nothing');
      expect([overs(), clock.pending]).toEqual([1, 0]);
    }
  });

  it('is over once, and leaves nothing behind', async () => {
    const closing = new Subject<void>();
    const { clock, reader, overs } = stage({ closing });
    await reader.cancel();
    expect(closing.observed).toBe(false);
    await clock.advance(3_600_000);
    expect([overs(), clock.pending]).toEqual([1, 0]);
  });
});
