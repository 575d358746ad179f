import { dirname } from 'node:path';
import { lock } from 'proper-lockfile';
import { systemClock } from '../clock.ts';
import { makeFolder } from './make-folder.ts';
import { unwritable } from './text-files.ts';

export interface LockOptions {
  signal: AbortSignal;
  /** Called once when somebody else holds the lock. */
  onWait: () => void;
}

/**
 * Runs while holding a lock that processes on this machine share. A holder that died is taken over when it has not
 * renewed its lock for ten seconds. A folder that is made for it is this user's alone.
 */
export async function withLock<T>(path: string, options: LockOptions, run: () => Promise<T>): Promise<T> {
  const release = await firstInFolder(path, options);
  try {
    return await run();
  } finally {
    // A lock that was taken over is not ours to release.
    await release().catch(() => {});
  }
}

/** Locks come before all else that is written to a folder, so they learn first that nothing can be. */
async function firstInFolder(path: string, options: LockOptions): Promise<() => Promise<void>> {
  try {
    await makeFolder(dirname(path), 0o700);
    return await acquire(path, options);
  } catch (error) {
    if (options.signal.aborted || !isSystemError(error)) throw error;
    throw unwritable(path, error, 'set ISTIO_DELIVERY_HOME to another folder');
  }
}

function isSystemError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error;
}

async function acquire(path: string, { signal, onWait }: LockOptions): Promise<() => Promise<void>> {
  for (let waited = false; ; waited = true) {
    try {
      // Losing the lock costs double work and nothing else: what is done under it is checked by digest when read.
      return await lock(path, { lockfilePath: path, realpath: false, stale: 10_000, onCompromised: () => {} });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ELOCKED')) throw error;
    }
    if (!waited) onWait();
    await systemClock.sleep(200, signal);
  }
}
