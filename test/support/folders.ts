import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Runs with a folder of its own, which is gone afterwards. */
export async function inFolder<T>(run: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'istio-delivery-files-'));
  try {
    return await run(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs while the folder is a disk of 64 KiB of its own; skips the test where nobody may mount one. */
export async function onSmallDisk<T>(
  { skip }: { skip(note: string): never },
  folder: string,
  run: () => Promise<T>,
): Promise<T> {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    skip('no right to mount a tmpfs');
  }
  try {
    return await run();
  } finally {
    execFileSync('umount', [folder]);
  }
}

/** Skips the test where this user may not give files to others. */
export function asRoot({ skip }: { skip(note: string): never }): void {
  if (process.getuid?.() !== 0) skip('only root gives files to other users');
}
