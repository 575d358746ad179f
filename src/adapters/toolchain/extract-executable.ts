import { createReadStream, createWriteStream } from 'node:fs';
import { dirname } from 'node:path';
import { normalize } from 'node:path/posix';
import { type Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract } from 'tar-stream';
import { type Entry, openPromise } from 'yauzl';
import { DeliveryError, messageOf } from '../../errors.ts';
import { isNoSpace, noSpace } from './no-space.ts';
import { mebi, type ToolLimits, toolLimits } from './tool-limits.ts';

export interface Extraction {
  file: string;
  archive: 'tar.gz' | 'zip';
  /** Path inside the archive. */
  entry: string;
  /** Where the executable is written. */
  to: string;
  limits?: ToolLimits;
}

/**
 * Writes one executable out of an archive, and nothing else. The whole archive is read first: a name that leads out of
 * it, a link, a broken end, too many entries or too many bytes refuse all of it.
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

async function walkTar({ file, entry, limits = toolLimits }: Extraction, to: string | undefined): Promise<boolean> {
  const entries = extract();
  const count = entryCounter(file, limits);
  const reading = pipeline(createReadStream(file), createGunzip(), boundBytes(file, limits), entries);
  let found = false;
  const visiting = (async () => {
    for await (const member of entries) {
      count();
      const { name, type } = member.header;
      requireInside(file, name);
      if (type !== 'file' && type !== 'directory' && !type?.startsWith('pax')) {
        throw unsafe(file, `${name} is a ${type ?? 'special file'}`);
      }
      if (type === 'file' && normalize(name) === entry) {
        if (found) throw unsafe(file, `${name} is there twice`);
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

async function walkZip({ file, entry, limits = toolLimits }: Extraction, to: string | undefined): Promise<boolean> {
  const zip = await openPromise(file, { strictFileNames: true, validateEntrySizes: true });
  const count = entryCounter(file, limits);
  let found = false;
  try {
    for await (const member of zip.eachEntry()) {
      count();
      requireInside(file, member.fileName);
      if (isLink(member)) throw unsafe(file, `${member.fileName} is a link`);
      if (normalize(member.fileName) !== entry) continue;
      if (found) throw unsafe(file, `${member.fileName} is there twice`);
      found = true;
      if (member.uncompressedSize > limits.unpacked) throw tooLarge(file, limits);
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

function entryCounter(file: string, { entries }: ToolLimits): () => void {
  let seen = 0;
  return () => {
    seen += 1;
    if (seen > entries) throw refused(file, `it has more than ${entries} entries`, 'ArchiveTooLarge');
  };
}

/** Bytes of a tar, headers and padding with them. */
function boundBytes(file: string, limits: ToolLimits): Transform {
  let seen = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      seen += chunk.length;
      if (seen > limits.unpacked) done(tooLarge(file, limits));
      else done(null, chunk);
    },
  });
}

function tooLarge(file: string, { unpacked }: ToolLimits): DeliveryError {
  return refused(file, `it unpacks to more than ${unpacked / mebi} MiB`, 'ArchiveTooLarge');
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
  return refused(file, `its entry ${reason}`, 'ArchiveUnsafe');
}

function refused(file: string, reason: string, code: string): DeliveryError {
  return new DeliveryError(`${file} was refused: ${reason}; take the release from its own host.`, {
    code,
    kind: 'refused',
  });
}
