import { createReadStream, createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { normalize } from 'node:path/posix';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { type Entry, openPromise } from 'yauzl';
import { DeliveryError, messageOf } from '../../errors.ts';
import { isNoSpace, noSpace } from './no-space.ts';

export interface Extraction {
  file: string;
  archive: 'tar.gz' | 'zip';
  /** Path inside the archive. */
  entry: string;
  /** Where the executable is written. */
  to: string;
}

/**
 * Writes one executable out of an archive, and nothing else. The whole archive is read first: a name that leads out of
 * it, a link or a broken end refuses all of it.
 */
export async function extractExecutable(extraction: Extraction): Promise<void> {
  const found = await walk(extraction, undefined);
  if (!found) {
    throw new DeliveryError(`${extraction.file} holds no ${extraction.entry}; check the version and the mirror.`, {
      code: 'ArchiveIncomplete',
    });
  }
  await walk(extraction, extraction.to);
}

async function walk(extraction: Extraction, to: string | undefined): Promise<boolean> {
  try {
    return await (extraction.archive === 'zip' ? walkZip(extraction, to) : walkTar(extraction, to));
  } catch (error) {
    if (error instanceof DeliveryError) throw error;
    if (isNoSpace(error)) {
      throw noSpace(`Unpacking of ${extraction.entry}`, dirname(extraction.to), messageOf(error), error);
    }
    throw new DeliveryError(
      `${extraction.file} cannot be unpacked: ${messageOf(error)}; it is damaged or cut off, try again or check the mirror.`,
      { code: 'ArchiveUnreadable', cause: error },
    );
  }
}

async function walkTar({ file, entry }: Extraction, to: string | undefined): Promise<boolean> {
  const entries = extract();
  const reading = pipeline(createReadStream(file), createGunzip(), entries);
  let found = false;
  const visiting = (async () => {
    for await (const member of entries) {
      const { name, type } = member.header;
      requireInside(file, name);
      if (type !== 'file' && type !== 'directory' && !type?.startsWith('pax')) {
        throw unsafe(file, `${name} is a ${type ?? 'special file'}`);
      }
      if (type === 'file' && normalize(name) === entry) {
        found = true;
        if (to !== undefined) {
          await write(member as unknown as Readable, to);
          continue;
        }
      }
      member.resume();
    }
  })();
  await Promise.all([reading, visiting]);
  return found;
}

async function walkZip({ file, entry }: Extraction, to: string | undefined): Promise<boolean> {
  const zip = await openPromise(file, { strictFileNames: true, validateEntrySizes: true });
  let found = false;
  try {
    for await (const member of zip.eachEntry()) {
      requireInside(file, member.fileName);
      if (isLink(member)) throw unsafe(file, `${member.fileName} is a link`);
      if (normalize(member.fileName) !== entry) continue;
      found = true;
      if (to !== undefined) await write(await zip.openReadStreamPromise(member), to);
    }
  } finally {
    zip.close();
  }
  return found;
}

async function write(content: Readable, to: string): Promise<void> {
  await pipeline(content, createWriteStream(to, { mode: 0o755, flags: 'wx' }));
}

/** Unix file type in the upper half of a zip entry's attributes. */
function isLink(entry: Entry): boolean {
  return ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}

function requireInside(file: string, name: string): void {
  const path = normalize(name.replaceAll('\\', '/'));
  if (path.startsWith('/') || path === '..' || path.startsWith('../') || /^[A-Za-z]:/.test(path)) {
    throw unsafe(file, `${name} leads out of it`);
  }
}

function unsafe(file: string, reason: string): DeliveryError {
  return new DeliveryError(`${file} was refused: its entry ${reason}; take the release from its own host.`, {
    code: 'ArchiveUnsafe',
    kind: 'refused',
  });
}
