import { DeliveryError, messageOf } from '../../errors.ts';
import { decodeText } from '../../mesh/decode-text.ts';
import { isNoSpace } from '../toolchain/no-space.ts';
import { readBounded } from './read-bounded.ts';
import { tryToWrite, writeWhole } from './write-whole.ts';

/** The text of a file that an input names; `what` is for the error. */
export async function readTextFile(path: string, what: string): Promise<string> {
  return textOf(await readBytes(path, what), path);
}

/** The bytes of a file that an input names. */
export async function readBytes(path: string, what: string): Promise<Buffer> {
  try {
    return await readBounded(path);
  } catch (error) {
    throw new DeliveryError(`${what} ${path} cannot be read: ${messageOf(error)}; correct the path`, {
      code: 'FileUnreadable',
      kind: 'usage',
      cause: error,
    });
  }
}

/** The text of the bytes of a file; throws `FileNotUtf8` with the line where they are not UTF-8. */
export function textOf(bytes: Uint8Array, file: string): string {
  const decoded = decodeText(bytes);
  if (decoded.kind === 'text') return decoded.text;
  const { line, message } = decoded.problem;
  throw new DeliveryError(`${file}:${line}: ${message}`, { code: 'FileNotUtf8', kind: 'usage' });
}

/** Writes a file that an input names, with its folder; whole, or not at all. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  try {
    await writeWhole(path, text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Throws what `writeTextFile` would, before the work whose outcome would be lost; paths that are undefined are left out. */
export async function refuseUnwritable(paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined) continue;
    try {
      await tryToWrite(path);
    } catch (error) {
      throw unwritable(path, error);
    }
  }
}

/** The error for a file or folder that cannot be written, and what helps: `elsewhere` ends the message. */
export function unwritable(path: string, error: unknown, elsewhere = 'choose another path'): DeliveryError {
  const cure = isNoSpace(error) ? `make room on the disk, or ${elsewhere}` : elsewhere;
  return new DeliveryError(`${path} cannot be written: ${messageOf(error)}; ${cure}`, {
    code: 'FileUnwritable',
    cause: error,
  });
}
