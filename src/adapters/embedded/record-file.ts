import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolderSync } from '../files/make-folder.ts';

/** Reads a JSON file that this program wrote; undefined when it is missing or was never finished. */
export function readRecord<T>(path: string): T | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

/** Writes it whole or not at all: the reader may be another process. */
export function writeRecord(path: string, record: unknown): void {
  writeWhole(path, `${JSON.stringify(record, null, 2)}\n`);
}

/** Writes a file that only its owner may read, whole or not at all. */
export function writeWhole(path: string, text: string): void {
  makeFolderSync(dirname(path), 0o700);
  const unfinished = `${path}.${process.pid}`;
  // What a process with this pid left when it was killed.
  rmSync(unfinished, { force: true });
  try {
    writeFileSync(unfinished, text, { mode: 0o600, flag: 'wx' });
    renameSync(unfinished, path);
  } finally {
    rmSync(unfinished, { force: true });
  }
}
