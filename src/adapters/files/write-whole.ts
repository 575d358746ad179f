import { randomBytes } from 'node:crypto';
import { access, constants, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder } from './make-folder.ts';

/**
 * Writes a file, with its folder, to a new name beside it and renames that: whoever reads it finds the old content or
 * the new one, and a disk that is full leaves the old one. What is no regular file (/dev/stdout, a pipe) is written to.
 */
export async function writeWhole(path: string, content: string | Uint8Array): Promise<void> {
  await makeFolder(dirname(path));
  const place = await placeOf(path);
  if (place.isSpecial) return writeInto(place.path, content);
  const fresh = freshName(place.path);
  try {
    const file = await open(fresh, 'wx', place.mode);
    try {
      await file.writeFile(content);
      // A full disk may be told of only here.
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(fresh, place.path);
  } finally {
    await rm(fresh, { force: true });
  }
}

/** Throws what `writeWhole` would, as far as that can be known before; changes and leaves nothing. */
export async function tryToWrite(path: string): Promise<void> {
  await makeFolder(dirname(path));
  const place = await placeOf(path);
  if (place.isSpecial) return;
  const fresh = freshName(place.path);
  await (await open(fresh, 'wx')).close();
  await rm(fresh);
}

interface Place {
  /** Where a symbolic link leads to. */
  path: string;
  isSpecial: boolean;
  mode: number;
}

async function placeOf(path: string): Promise<Place> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (info === undefined) return { path, isSpecial: false, mode: 0o666 };
  if (info.isDirectory()) throw Object.assign(new Error('EISDIR: it is a folder'), { code: 'EISDIR' });
  // To rename something over a file that must not be written would be a way around its mode.
  await access(path, constants.W_OK);
  if (!info.isFile()) return { path, isSpecial: true, mode: info.mode };
  return { path: await realpath(path), isSpecial: false, mode: info.mode & 0o777 };
}

async function writeInto(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, constants.O_WRONLY);
  try {
    await file.writeFile(content);
  } finally {
    await file.close();
  }
}

function freshName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}`);
}
