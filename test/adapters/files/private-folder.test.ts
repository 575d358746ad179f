import { chmodSync, chownSync, mkdirSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  changedByOthers,
  exchangedByOthers,
  privateFolder,
  requireOwn,
} from '../../../src/adapters/files/private-folder.ts';
import { asRoot, inFolder } from '../../support/folders.ts';

const remedy = 'name another one';
const nobody = 65534;

function made(path: string, mode: number, uid?: number): string {
  mkdirSync(path);
  chmodSync(path, mode);
  if (uid !== undefined) chownSync(path, uid, uid);
  return path;
}

describe('privateFolder', () => {
  test('makes a folder, and those that it is in, for this user alone', () =>
    inFolder(async (folder) => {
      expect(privateFolder(join(folder, 'a', 'b'), remedy)).toBe(join(folder, 'a', 'b'));
      for (const path of ['a', 'a/b']) expect(statSync(join(folder, path)).mode & 0o777).toBe(0o700);
      expect(() => privateFolder(join(folder, 'a', 'b'), remedy)).not.toThrow();
    }));

  test('refuses a folder that others may enter', () =>
    inFolder(async (folder) => {
      const path = made(join(folder, 'open'), 0o755);
      expect(() => privateFolder(path, remedy)).toThrow(
        `Folder ${path} is not used: others may enter it (mode 0755); name another one`,
      );
    }));

  test('refuses a symbolic link, also to a folder that is private', () =>
    inFolder(async (folder) => {
      symlinkSync(made(join(folder, 'own'), 0o700), join(folder, 'link'));
      symlinkSync(join(folder, 'nowhere'), join(folder, 'dangling'));
      expect(() => privateFolder(join(folder, 'link'), remedy)).toThrow('it is a symbolic link');
      expect(() => privateFolder(join(folder, 'dangling'), remedy)).toThrow('it is a symbolic link');
    }));

  test('refuses a file', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '');
      expect(() => privateFolder(join(folder, 'file'), remedy)).toThrow('it is no folder');
    }));

  test('refuses a folder that another user made first', (context) => {
    asRoot(context);
    return inFolder(async (folder) => {
      const path = made(join(folder, 'theirs'), 0o700, nobody);
      expect(() => privateFolder(path, remedy)).toThrow(`it belongs to the user with the id ${nobody}`);
    });
  });
});

describe('requireOwn', () => {
  test('takes a folder that others may read, a link of ours, and nothing at all', () =>
    inFolder(async (folder) => {
      const path = made(join(folder, 'read'), 0o755);
      symlinkSync(path, join(folder, 'link'));
      for (const each of ['read', 'link', 'missing']) {
        expect(() => requireOwn(join(folder, each), remedy)).not.toThrow();
      }
    }));

  test.each([0o775, 0o777, 0o1777])('refuses a folder that others may write to (mode %o)', (mode) =>
    inFolder(async (folder) => {
      const path = made(join(folder, 'open'), mode);
      expect(() => requireOwn(path, remedy)).toThrow('others may write to it');
    }),
  );

  test('refuses what belongs to another user, also behind a link of ours', (context) => {
    asRoot(context);
    return inFolder(async (folder) => {
      symlinkSync(made(join(folder, 'theirs'), 0o755, nobody), join(folder, 'link'));
      expect(changedByOthers(join(folder, 'theirs'))).toContain(`id ${nobody}`);
      expect(changedByOthers(join(folder, 'link'))).toContain(`id ${nobody}`);
    });
  });
});

describe('exchangedByOthers', () => {
  test('names the folder on the way in which others may put another one', () =>
    inFolder(async (folder) => {
      made(join(folder, 'open'), 0o777);
      made(join(folder, 'sticky'), 0o1777);
      for (const each of ['open', 'sticky']) made(join(folder, each, 'own'), 0o700);
      expect(exchangedByOthers(join(folder, 'open', 'own', 'compiled'))).toBe(
        `others may write to ${join(folder, 'open')} (mode 0777)`,
      );
      expect(exchangedByOthers(join(folder, 'sticky', 'own', 'compiled'))).toBeUndefined();
    }));

  test('looks behind links', () =>
    inFolder(async (folder) => {
      made(join(folder, 'open'), 0o777);
      symlinkSync(made(join(folder, 'open', 'own'), 0o700), join(folder, 'link'));
      expect(exchangedByOthers(join(folder, 'link', 'compiled'))).toContain(join(folder, 'open'));
    }));
});
