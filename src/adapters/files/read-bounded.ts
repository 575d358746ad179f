import { constants } from 'node:fs';
import { type FileHandle, open, readFile, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ReadBounds {
  /** Bytes that the file may have. */
  largest?: number;
  /** Milliseconds that a pipe may be silent. */
  patience?: number;
}

const chunkSize = 1024 * 1024;

/**
 * The bytes of a file, or of a pipe (`<(…)`, /dev/stdin) that somebody writes to. Throws an `Error` with the reason for
 * anything that has no end: a device, a pipe that stays silent, a file of a pseudo file system that blocks.
 */
export async function readBounded(
  path: string,
  { largest = 256 * 1024 * 1024, patience = 30_000 }: ReadBounds = {},
): Promise<Buffer> {
  const info = await stat(path);
  if (info.isDirectory()) throw new Error('it is a folder');
  if (!info.isFile() && !info.isFIFO()) throw new Error('it is neither a file nor a pipe');
  if (info.size > largest) throw tooLarge(largest);
  // A file of a pseudo file system has no size, and may never end.
  if (info.isFile() && info.size > 0) return readFile(path);
  // Without O_NONBLOCK, opening a pipe that nobody writes to blocks a thread for ever, beyond any signal.
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await readToEnd(file, { largest, patience, isPipe: info.isFIFO() });
  } finally {
    await file.close();
  }
}

async function readToEnd(
  file: FileHandle,
  { largest, patience, isPipe }: Required<ReadBounds> & { isPipe: boolean },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  let heard = Date.now();
  while (true) {
    const chunk = Buffer.allocUnsafe(chunkSize);
    const bytesRead = await readSome(file, chunk);
    if (bytesRead !== undefined && bytesRead > 0) {
      size += bytesRead;
      if (size > largest) throw tooLarge(largest);
      chunks.push(chunk.subarray(0, bytesRead));
      heard = Date.now();
      continue;
    }
    // A pipe without a writer reads as empty; its writer may still be about to open it.
    const isEnd = bytesRead === 0 && (size > 0 || !isPipe);
    if (isEnd) return Buffer.concat(chunks);
    if (Date.now() - heard >= patience) throw new Error(`nothing came out of it for ${patience / 1000} s`);
    await sleep(10);
  }
}

/** Undefined where there is nothing to read for the moment. */
async function readSome(file: FileHandle, into: Buffer): Promise<number | undefined> {
  try {
    return (await file.read(into, 0, into.length, null)).bytesRead;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return undefined;
    throw error;
  }
}

function tooLarge(largest: number): Error {
  return new Error(`it is larger than ${largest / 1024 / 1024} MiB`);
}
