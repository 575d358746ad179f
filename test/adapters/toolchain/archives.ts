import { createHash } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { crc32, gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';

/** One entry of a test's archive; a file unless `type` says otherwise. */
export interface ArchiveEntry {
  name: string;
  content?: string;
  type?: Header['type'];
  linkname?: string;
}

/** A program that answers `version` as istioctl does. */
export function istioctlScript(version: string): string {
  return `#!/bin/sh\necho "client version: ${version}"\n`;
}

/** A program that answers `--version` as a Kubernetes server does. */
export function kubernetesScript(version: string): string {
  return `#!/bin/sh\necho "Kubernetes v${version}"\n`;
}

export async function tarGz(entries: readonly ArchiveEntry[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, content, type, linkname } of entries) {
    archive.entry({ name, mode: 0o755, ...(type && { type }), ...(linkname && { linkname }) }, content ?? '');
  }
  archive.finalize();
  return gzipSync(await buffer(archive));
}

/** A zip without compression, with whatever names are given: https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT */
export function zip(entries: readonly ArchiveEntry[]): Buffer {
  const files: Buffer[] = [];
  const directory: Buffer[] = [];
  let offset = 0;
  for (const entry of entries) {
    const { local, central } = zipEntry(entry, offset);
    files.push(local);
    directory.push(central);
    offset += local.length;
  }
  const index = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(entries.length, 8);
  end.writeUInt16LE(entries.length, 10);
  end.writeUInt32LE(index.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, index, end]);
}

function zipEntry(entry: ArchiveEntry, offset: number): { local: Buffer; central: Buffer } {
  const name = Buffer.from(entry.name);
  const content = Buffer.from(entry.type === 'symlink' ? (entry.linkname ?? '') : (entry.content ?? ''));
  // Version, flags, method, time, date, checksum, both sizes, length of the name: alike in both headers.
  const shared = Buffer.alloc(26);
  shared.writeUInt16LE(20, 0);
  shared.writeUInt32LE(crc32(content), 10);
  shared.writeUInt32LE(content.length, 14);
  shared.writeUInt32LE(content.length, 18);
  shared.writeUInt16LE(name.length, 22);
  const local = Buffer.concat([word(0x04034b50), shared, name, content]);
  const rest = Buffer.alloc(14);
  rest.writeUInt32LE(((entry.type === 'symlink' ? 0o120777 : 0o100755) << 16) >>> 0, 6);
  rest.writeUInt32LE(offset, 10);
  // "Made by" Unix, so that the upper half of the attributes is a file mode.
  const central = Buffer.concat([word(0x02014b50), Buffer.from([20, 3]), shared, rest, name]);
  return { local, central };
}

function word(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

export function sha256(content: string | Buffer): string {
  return createHash('sha256').update(content).digest('hex');
}
