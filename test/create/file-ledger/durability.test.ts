import { rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { reasonOf } from '../studio.js';
import { noSpace, recordingDisk } from './recording-disk.js';
import { create, createIn, done, keyOf, ledgers, made, standing } from './stage.js';

const home = ledgers();
const named = { ...create, idempotencyKey: 'job-1' };

describe('the order in which a ledger writes', () => {
  it('is folder, file, write, fsync, folder fsync before the first create may be sent', async () => {
    const { disk, log } = recordingDisk();
    const ledger = await home.open(await home.path(), { disk });
    expect(log).toEqual([]);
    await ledger.begin(create);
    expect(log).toEqual(['folder', 'make .jsonl', 'write .jsonl', 'sync .jsonl', 'sync folder']);
    log.length = 0;
    const key = keyOf(await ledger.begin(create));
    expect(log).toEqual(['write .jsonl', 'sync .jsonl']);
    await ledger.note(key, { kind: 'created', snapshot: made('a') });
    await ledger.end(done('a'), create.baseUrl);
    expect(log).toEqual(Array.from({ length: 3 }, () => ['write .jsonl', 'sync .jsonl']).flat());
  });

  it('has a durable intent before the claim of a name', async () => {
    const { disk, log } = recordingDisk();
    const ledger = await home.open(await home.path(), { disk });
    await ledger.begin(named);
    const [written, synced, claimed] = ['write .jsonl', 'sync folder', 'link'].map((step) => log.indexOf(step));
    expect(written).toBeLessThan(synced as number);
    expect(synced).toBeLessThan(claimed as number);
    expect(log.slice(synced)).toEqual([
      'sync folder',
      'make .claiming',
      'writeFile .claiming',
      'sync .claiming',
      'link',
      'unlink',
    ]);
  });

  it('lets creates that begin together share a write and an fsync', async () => {
    const { disk, log } = recordingDisk();
    const ledger = await home.open(await home.path(), { disk });
    await ledger.begin(create);
    log.length = 0;
    await Promise.all(Array.from({ length: 100 }, () => ledger.begin(create)));
    expect(log).toEqual(['write .jsonl', 'sync .jsonl']);
    expect((await ledger.unfinished()).creates).toHaveLength(101);
  });
});

describe('a disk that fails', () => {
  const steps = 20;
  /** A whole life over a disk of which one step fails, for good. */
  async function life(path: string, failing: number, short: boolean) {
    const { disk, log } = recordingDisk((step, nth) => {
      if (nth !== failing || step === 'unlink') return undefined;
      if (short && step === 'write .jsonl') return 'short';
      throw noSpace();
    });
    const ledger = await home.open(path, { disk });
    const sent: string[] = [];
    const noted: string[] = [];
    for (const [id, input] of [
      ['a', create],
      ['b', named],
      ['c', create],
    ] as const) {
      const begun: unknown = await ledger.begin(input).catch((error: unknown) => error);
      if ((begun as { kind?: string }).kind !== 'new') {
        expect(begun).toMatchObject({ code: 'LEDGER_FAILED', message: expect.stringContaining(path) });
        continue;
      }
      const { key } = begun as { key: string };
      sent.push(key);
      const failure = await reasonOf(ledger.note(key, { kind: 'created', snapshot: made(id) }));
      if ((failure as { code?: string }).code === undefined) noted.push(id);
      else expect(failure).toMatchObject({ code: 'LEDGER_FAILED' });
    }
    await ledger.close().catch(() => undefined);
    return { sent, noted, steps: log.length };
  }

  it.each([false, true])(
    'never loses a create that may have been sent, whichever step fails (short writes: %s)',
    async (short) => {
      for (let failing = 1; failing <= steps; failing++) {
        const path = await home.path();
        const { sent, noted } = await life(path, failing, short);
        const after = await (await home.open(path)).unfinished();
        const tasks = after.snapshots.map(({ task }) => task.id);
        expect(tasks, `step ${failing}`).toEqual(expect.arrayContaining(noted));
        expect(after.creates.length + tasks.length, `step ${failing}`).toBeGreaterThanOrEqual(sent.length);
      }
    },
  );

  it('covers each step of a life', async () => {
    expect((await life(await home.path(), 0, false)).steps).toBeLessThanOrEqual(steps);
  });

  it.each(['write .jsonl', 'sync .jsonl'])(
    'is not written to again after a failed %s, until it is opened anew',
    async (failing) => {
      let isFull = false;
      const { disk, log } = recordingDisk((step) => {
        if (isFull && step === failing) throw noSpace();
        return undefined;
      });
      const path = await home.path();
      const ledger = await home.open(path, { disk });
      const key = keyOf(await ledger.begin(create));
      isFull = true;
      expect(await reasonOf(ledger.begin(create))).toMatchObject({
        code: 'LEDGER_FAILED',
        message: expect.stringContaining('ENOSPC'),
      });
      isFull = false;
      log.length = 0;
      const refused = [
        ledger.begin(create),
        ledger.begin(named),
        ledger.note(key, { kind: 'created', snapshot: made('a') }),
        ledger.settle(key, 'abandoned'),
      ];
      for (const attempt of refused)
        expect(await reasonOf(attempt)).toMatchObject({ code: 'LEDGER_FAILED', retryable: false });
      expect(log).toEqual([]);
      const anew = await home.open(path, { disk });
      await createIn(anew, 'b');
      expect((await standing(anew)).tasks).toEqual(['b']);
    },
  );

  it('may be tried again when there is no file yet', async () => {
    let isFull = true;
    const { disk } = recordingDisk((step) => {
      if (isFull && step === 'make .jsonl') throw noSpace();
      return undefined;
    });
    const ledger = await home.open(await home.path(), { disk });
    expect(await reasonOf(ledger.begin(create))).toMatchObject({ code: 'LEDGER_FAILED', retryable: true });
    isFull = false;
    await createIn(ledger, 'a');
    expect((await standing(ledger)).tasks).toEqual(['a']);
  });

  it('that loses the folder under a ledger lets nothing be sent', async () => {
    const path = await home.path();
    const ledger = await home.open(path);
    await ledger.begin(create);
    await rm(`${path}.d`, { recursive: true });
    expect(await reasonOf(ledger.begin(create))).toMatchObject({ code: 'LEDGER_FAILED' });
  });

  it('gives a name free again when its claim cannot be made', async () => {
    let isFull = true;
    const { disk } = recordingDisk((step) => {
      if (isFull && step === 'link') throw noSpace();
      return undefined;
    });
    const ledger = await home.open(await home.path(), { disk });
    expect(await reasonOf(ledger.begin(named))).toMatchObject({ code: 'LEDGER_FAILED' });
    isFull = false;
    await createIn(ledger, 'a', named);
    expect(await standing(ledger)).toMatchObject({ tasks: ['a'], creates: [] });
  });
});
