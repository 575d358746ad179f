import { join } from 'node:path';
import { withLock } from '../files/with-lock.ts';
import { writeWhole } from '../files/write-whole.ts';
import { type LockRecord, lockedHash, lockFileName, readRecord } from './lock-file.ts';
import type { ToolchainContext } from './resolver.ts';

/**
 * The sha256 that a release must have: of toolchain.lock.json, then of the caller's lock file, or else, where published
 * checksums are trusted, of the record of what was taken by them before.
 */
export async function knownHash(context: ToolchainContext, url: string): Promise<string | undefined> {
  const { lock, settings } = context;
  const locked = lockedHash(lock, url);
  if (locked !== undefined) return locked;
  if (settings.lockFile === undefined && !settings.trustPublished) return undefined;
  return (await readRecord(recordPath(context))).releases[url];
}

/** Whether a release without a known hash may be taken by the one that its publisher names. */
export function takesFirstUse({ settings }: ToolchainContext): boolean {
  return settings.trustPublished || (settings.lockFile !== undefined && !settings.locked);
}

/** Records a hash that was published beside a release, so that this release never changes for this caller again. */
export async function recordHash(context: ToolchainContext, url: string, sha256: string): Promise<void> {
  const path = recordPath(context);
  const { reporter, signal } = context;
  const onWait = () => reporter.progress(`waiting for another run to write ${path}`);
  await withLock(`${path}.lock`, { signal, onWait }, async () => {
    const { releases } = await readRecord(path);
    const sorted = Object.entries({ ...releases, [url]: sha256 }).sort(([a], [b]) => (a < b ? -1 : 1));
    await replaceRecord(path, { releases: Object.fromEntries(sorted) });
  });
  reporter.line(`${url}: first use, sha256 ${sha256} as published; recorded in ${path}`);
}

function recordPath({ settings }: ToolchainContext): string {
  return settings.lockFile ?? join(settings.home, lockFileName);
}

async function replaceRecord(path: string, record: LockRecord): Promise<void> {
  await writeWhole(path, `${JSON.stringify(record, null, 2)}\n`);
}
