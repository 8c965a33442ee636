import type { FileHandle } from 'node:fs/promises';
import { extname } from 'node:path';
import { type Disk, nodeDisk } from '../../../src/create/file-ledger/disk.js';

/** A disk that says what it does to files, in order, and asks before each step whether it may. */
export function recordingDisk(before: (step: string, nth: number) => 'short' | undefined = () => undefined) {
  const log: string[] = [];
  const step = (name: string) => {
    log.push(name);
    return before(name, log.length);
  };
  const watched = (file: FileHandle, kind: string): FileHandle =>
    new Proxy(file, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name);
        if (typeof value !== 'function') return value;
        const method = value.bind(target) as (...given: unknown[]) => Promise<unknown>;
        if (name !== 'write' && name !== 'writeFile' && name !== 'sync') return method;
        return async (...given: unknown[]) => {
          const short = step(`${String(name)} ${kind}`) === 'short';
          return short ? method((given[0] as Uint8Array).subarray(0, 10)) : method(...given);
        };
      },
    });
  const disk: Disk = {
    ...nodeDisk,
    async openOwned(path, flags) {
      if (flags === 0) return nodeDisk.openOwned(path, flags);
      step(`make ${extname(path)}`);
      return watched(await nodeDisk.openOwned(path, flags), extname(path));
    },
    async ownedFolder(path) {
      step('folder');
      return nodeDisk.ownedFolder(path);
    },
    async syncFolder(path) {
      step('sync folder');
      return nodeDisk.syncFolder(path);
    },
    async link(from, to) {
      step('link');
      return nodeDisk.link(from, to);
    },
    async unlink(path) {
      step('unlink');
      return nodeDisk.unlink(path);
    },
  };
  return { disk, log };
}

/** What a full disk says. */
export function noSpace(): Error {
  return Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
}
