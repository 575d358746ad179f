import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { DeliveryError, messageOf } from '../../errors.ts';
import { readDocument } from '../../mesh/read-document.ts';
import { makeFolderSync } from '../files/make-folder.ts';

/**
 * Reads a JSON file that this program wrote; undefined when there is none. One that was damaged, or written by another
 * version, is an error (`RecordUnreadable`): it names processes that run and clusters that exist.
 */
export function readRecord<T>(path: string, schema: z.ZodType<T>): T | undefined {
  const text = textOf(path);
  if (text === undefined) return undefined;
  const read = readDocument(text, schema);
  if (read.kind === 'read') return read.value;
  throw unreadable(path, read.reason);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw unreadable(path, messageOf(error), error);
  }
}

function unreadable(path: string, reason: string, cause?: unknown): DeliveryError {
  return new DeliveryError(`${path} cannot be read: ${reason}; end what it was written for by hand, and delete it`, {
    code: 'RecordUnreadable',
    ...(cause === undefined ? {} : { cause }),
  });
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
