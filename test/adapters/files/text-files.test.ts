import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { refuseUnwritable, writeTextFile } from '../../../src/adapters/files/text-files.ts';
import { inFolder } from '../../support/folders.ts';

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
