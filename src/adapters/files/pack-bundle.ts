import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import type { BundleFiles } from '../../bundle/bundle-files.ts';
import { DeliveryError } from '../../errors.ts';
import { readBounded } from './read-bounded.ts';

/** Larger than any bundle: what a damaged or hostile archive may unpack to, in bytes. */
const largestBundle = 1024 * 1024 * 1024;

/** A .tgz of the files: the same bytes for the same files, without owner, time or platform. */
export async function packBundle(files: BundleFiles): Promise<Buffer> {
  const archive = pack();
  for (const path of Object.keys(files).sort()) {
    archive.entry({ name: path, mode: 0o644, mtime: new Date(0), uid: 0, gid: 0 }, files[path] ?? '');
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(chunk as Buffer);
  const packed = gzipSync(Buffer.concat(chunks), { level: 9 });
  // The byte that names the operating system in the header: unknown, as on every other one.
  packed[9] = 255;
  return packed;
}

/** Reads the files of a .tgz into memory, by path: nothing of it is written to disk, whatever paths it names. */
export async function unpackBundle(archive: string): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  let size = 0;
  const entries = extract();
  entries.on('entry', (header, stream, next) => {
    const chunks: Buffer[] = [];
    stream.on('data', (data) => {
      const chunk = data as Buffer;
      size += chunk.length;
      if (size > largestBundle) entries.destroy(new Error('it is larger than any bundle'));
      chunks.push(chunk);
    });
    stream.on('end', () => {
      if (header.type === 'file') contents.set(header.name, Buffer.concat(chunks));
      next();
    });
  });
  try {
    await pipeline(Readable.from([await readBounded(archive, { largest: largestBundle })]), createGunzip(), entries);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DeliveryError(`Bundle ${archive} cannot be read: ${reason}; take the bundle as it was rendered`, {
      code: 'BundleUnreadable',
      cause,
    });
  }
  return contents;
}
