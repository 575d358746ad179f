import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, gzipSync } from 'node:zlib';
import { extract, pack } from 'tar-stream';
import type { BundleFiles } from '../../bundle/bundle-files.ts';
import { DeliveryError, messageOf } from '../../errors.ts';
import { type BundleLimits, bundleLimits, bundleMeter } from './bundle-limits.ts';
import { readBounded } from './read-bounded.ts';

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
export async function unpackBundle(archive: string, limits: BundleLimits = bundleLimits): Promise<Map<string, Buffer>> {
  try {
    return await readEntries(await readBounded(archive, { largest: limits.packed }), limits);
  } catch (cause) {
    throw new DeliveryError(
      `Bundle ${archive} cannot be read: ${reasonOf(cause)}; take the bundle as it was rendered`,
      {
        code: 'BundleUnreadable',
        cause,
      },
    );
  }
}

async function readEntries(packed: Buffer, limits: BundleLimits): Promise<Map<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  const meter = bundleMeter(limits);
  const entries = extract();
  const counted = async function* (source: AsyncIterable<Buffer>) {
    for await (const chunk of source) {
      meter.bytes(chunk.length);
      yield chunk;
    }
  };
  const reading = pipeline(Readable.from([packed]), createGunzip(), counted, entries);
  const visiting = (async () => {
    for await (const member of entries) {
      meter.file();
      const chunks: Buffer[] = [];
      for await (const chunk of member) chunks.push(chunk as Buffer);
      if (member.header.type === 'file') contents.set(member.header.name, Buffer.concat(chunks));
    }
  })();
  // Whatever breaks one breaks the other; the first one says why.
  await Promise.all([reading, visiting]);
  return contents;
}

function reasonOf(cause: unknown): string {
  const reason = messageOf(cause);
  return /unexpected end/i.test(reason) ? `it is cut off (${reason})` : reason;
}
