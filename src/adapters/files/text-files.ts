import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { DeliveryError, messageOf } from '../../errors.ts';
import { decodeText } from '../../mesh/decode-text.ts';

/** The text of a file that an input names; `what` is for the error. */
export async function readTextFile(path: string, what: string): Promise<string> {
  return textOf(await readBytes(path, what), path);
}

/** The bytes of a file that an input names. */
export async function readBytes(path: string, what: string): Promise<Buffer> {
  try {
    return await readFile(path);
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

/** Writes a file that an input names, with its folder. */
export async function writeTextFile(path: string, text: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw unwritable(path, error);
  }
}

/** Throws what `writeTextFile` would, before the work whose outcome would be lost; paths that are undefined are left out. */
export async function refuseUnwritable(paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    if (path === undefined) continue;
    try {
      await mkdir(dirname(path), { recursive: true });
      const isNew = !existsSync(path);
      await (await open(path, 'a')).close();
      if (isNew) await rm(path);
    } catch (error) {
      throw unwritable(path, error);
    }
  }
}

function unwritable(path: string, error: unknown): DeliveryError {
  return new DeliveryError(`${path} cannot be written: ${messageOf(error)}; choose another path`, {
    code: 'FileUnwritable',
    cause: error,
  });
}
