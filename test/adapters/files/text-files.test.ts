import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readBounded } from '../../../src/adapters/files/read-bounded.ts';
import { readTextFile, refuseUnwritable, writeTextFile } from '../../../src/adapters/files/text-files.ts';
import { inFolder, onSmallDisk } from '../../support/folders.ts';

test('what can be written is neither made nor changed by asking', () =>
  inFolder(async (folder) => {
    const [old, coming] = [join(folder, 'old.json'), join(folder, 'records', 'new.json')];
    await writeFile(old, 'as it was');
    await refuseUnwritable([old, undefined, coming]);
    expect([await readFile(old, 'utf8'), existsSync(coming)]).toEqual(['as it was', false]);
    await writeTextFile(coming, 'written');
    expect(await readFile(coming, 'utf8')).toBe('written');
  }));

test('what cannot be written is refused by both alike', () =>
  inFolder(async (folder) => {
    const [taken, below] = [join(folder, 'taken'), join(folder, 'file', 'r.json')];
    await mkdir(taken);
    await writeFile(join(folder, 'file'), '');
    for (const path of [taken, below]) {
      const error = { code: 'FileUnwritable', message: expect.stringContaining(`${path} cannot be written: E`) };
      await expect(refuseUnwritable([path])).rejects.toMatchObject(error);
      await expect(writeTextFile(path, '')).rejects.toMatchObject(error);
    }
  }));

test.runIf(process.platform === 'linux')(
  'a path in a file system that takes no folders is refused at once',
  async () => {
    const path = '/proc/nowhere/record.json';
    await expect(writeTextFile(path, '')).rejects.toMatchObject({ code: 'FileUnwritable' });
    await expect(refuseUnwritable([path])).rejects.toMatchObject({ code: 'FileUnwritable' });
  },
);

test('a file keeps its mode, and a symbolic link stays one', () =>
  inFolder(async (folder) => {
    const [file, link] = [join(folder, 'file'), join(folder, 'link')];
    await writeFile(file, 'old');
    await chmod(file, 0o640);
    await symlink(file, link);
    await writeTextFile(link, 'new');
    expect([await readFile(file, 'utf8'), (await stat(file)).mode & 0o777]).toEqual(['new', 0o640]);
    expect(await readdir(folder)).toEqual(['file', 'link']);
  }));

test.runIf(process.platform === 'linux')('a full disk leaves the old content, and nothing else', (context) =>
  inFolder((folder) =>
    onSmallDisk(context, folder, async () => {
      const path = join(folder, 'record.json');
      await writeTextFile(path, 'old');
      await expect(writeTextFile(path, 'x'.repeat(1024 * 1024))).rejects.toMatchObject({
        code: 'FileUnwritable',
        message: expect.stringContaining('ENOSPC'),
      });
      expect([await readFile(path, 'utf8'), await readdir(folder)]).toEqual(['old', ['record.json']]);
    }),
  ),
);

describe.runIf(process.platform === 'linux')('a file that has no end', () => {
  test.each(['/dev/zero', '/proc/kcore'])('%s is refused', async (path) => {
    await expect(readTextFile(path, 'plan')).rejects.toMatchObject({ code: 'FileUnreadable', kind: 'usage' });
  });

  test('a pipe that nobody writes to is given up, one that somebody writes to is read', () =>
    inFolder(async (folder) => {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      await expect(readBounded(pipe, { patience: 50 })).rejects.toThrow('nothing came out of it');
      const [read] = await Promise.all([readBounded(pipe), writeFile(pipe, 'text of a process')]);
      expect(read.toString()).toBe('text of a process');
    }));

  test('more than the bound is refused', () =>
    inFolder(async (folder) => {
      const file = join(folder, 'file');
      await writeFile(file, 'x'.repeat(100));
      await expect(readBounded(file, { largest: 99 })).rejects.toThrow('it is larger than');
    }));
});
