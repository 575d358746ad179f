import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Makes a folder and those that it is in. Not `mkdir` with `recursive`: that tries for ever in a file system that
 * takes no folders and says that the parent is missing, such as /proc. The folders that are made have the mode.
 */
export async function makeFolder(path: string, mode?: number): Promise<void> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) return;
  if (dirname(path) !== path) await makeFolder(dirname(path), mode);
  try {
    await mkdir(path, { ...(mode === undefined ? {} : { mode }) });
  } catch (error) {
    // Another process may have made it in the meantime.
    if (!(await stat(path).catch(() => undefined))?.isDirectory()) throw error;
  }
}

/** The same, at once. */
export function makeFolderSync(path: string, mode?: number): void {
  const isFolder = () => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  if (isFolder()) return;
  if (dirname(path) !== path) makeFolderSync(dirname(path), mode);
  try {
    mkdirSync(path, { ...(mode === undefined ? {} : { mode }) });
  } catch (error) {
    if (!isFolder()) throw error;
  }
}
