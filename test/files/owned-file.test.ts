import { execFileSync } from 'node:child_process';
import { constants, linkSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isOwnedFolder, openOwned, ownedFolder } from '../../src/files/owned-file.js';

const { O_CREAT, O_RDONLY, O_RDWR } = constants;

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'rushes-files-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const opened = async (path: string, flags: number) => {
  const file = await openOwned(path, flags);
  await file.close();
};

describe('a file of our own', () => {
  it('is made for its owner only', async () => {
    await opened(join(home, 'new'), O_RDWR | O_CREAT);
    expect(statSync(join(home, 'new')).mode & 0o777).toBe(0o600);
  });

  it('is no link, pipe or folder', async () => {
    writeFileSync(join(home, 'file'), 'precious');
    symlinkSync(join(home, 'file'), join(home, 'symlink'));
    mkdirSync(join(home, 'folder'));
    execFileSync('mkfifo', [join(home, 'pipe')]);
    await expect(opened(join(home, 'symlink'), O_RDWR)).rejects.toMatchObject({ code: 'ELOOP' });
    await expect(opened(join(home, 'pipe'), O_RDWR)).rejects.toThrow('is no regular file');
    await expect(opened(join(home, 'folder'), O_RDONLY)).rejects.toThrow('is no regular file');
  });

  it('has no second name where it is written to, and may have one where it is read', async () => {
    writeFileSync(join(home, 'file'), 'precious');
    linkSync(join(home, 'file'), join(home, 'backup'));
    await expect(opened(join(home, 'backup'), O_RDWR)).rejects.toThrow('is linked to elsewhere');
    await opened(join(home, 'backup'), O_RDONLY);
  });
});

describe('a folder of our own', () => {
  it('is made with those above it, for its owner only', async () => {
    const folder = join(home, 'a', 'b');
    expect(await isOwnedFolder(folder)).toBe(false);
    await ownedFolder(folder);
    expect(await isOwnedFolder(folder)).toBe(true);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
  });

  it('is no link to one', async () => {
    mkdirSync(join(home, 'elsewhere'));
    symlinkSync(join(home, 'elsewhere'), join(home, 'link'));
    await expect(ownedFolder(join(home, 'link'))).rejects.toThrow('is no folder');
  });
});
