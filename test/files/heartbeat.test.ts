import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { beatMs, isAlive, isBeating, keepBeating, leaseMs } from '../../src/files/heartbeat.js';

let home: string;
let path: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rushes-beat-'));
  path = join(home, 'held');
  writeFileSync(path, '');
});
afterEach(() => {
  vi.useRealTimers();
  rmSync(home, { recursive: true, force: true });
});

const aged = (ms: number) => utimesSync(path, new Date(Date.now() - ms), new Date(Date.now() - ms));

describe('the beat of a file', () => {
  it('comes every second until it is ended', () => {
    vi.useFakeTimers();
    const utimes = vi.fn(async () => undefined);
    const beat = keepBeating({ utimes });
    vi.advanceTimersByTime(3 * beatMs);
    expect(utimes).toHaveBeenCalledTimes(3);
    beat.unsubscribe();
    vi.advanceTimersByTime(3 * beatMs);
    expect(utimes).toHaveBeenCalledTimes(3);
  });

  it('survives a file that cannot be touched any more', () => {
    vi.useFakeTimers();
    const beat = keepBeating({ utimes: () => Promise.reject(new Error('closed')) });
    vi.advanceTimersByTime(2 * beatMs);
    beat.unsubscribe();
  });

  it('is there for ten seconds after the last one', async () => {
    expect(await isBeating(path)).toBe(true);
    aged(leaseMs + 1_000);
    expect(await isBeating(path)).toBe(false);
    expect(await isBeating(join(home, 'gone'))).toBe(false);
  });

  it('is not waited for where it is fresh, a day old, or nowhere', async () => {
    expect(await isAlive(path)).toBe(true);
    aged(2 * 86_400_000);
    expect(await isAlive(path)).toBe(false);
    expect(await isAlive(join(home, 'gone'))).toBe(false);
  });
});
