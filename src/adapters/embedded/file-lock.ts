import { linkSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeliveryError } from '../../errors.ts';
import type { ProcessRecord } from '../../local/process-record.ts';
import { isAlive, recordProcess } from './process-identity.ts';
import { readRecord } from './record-file.ts';

const patience = 300_000;

/** Runs `work` while no other process of this machine holds the lock at `path`; a holder that died holds nothing. */
export async function whileLocked<T>(path: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  await take(path, signal);
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

async function take(path: string, signal: AbortSignal): Promise<void> {
  const own = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(own, JSON.stringify(recordProcess('lock', process.pid)));
  const giveUp = Date.now() + patience;
  try {
    while (!tryLink(own, path)) {
      signal.throwIfAborted();
      const holder = readRecord<ProcessRecord>(path);
      if (holder !== undefined && !isAlive(holder)) rmSync(path, { force: true });
      else if (Date.now() > giveUp) throw held(path, holder);
      await sleep(100);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** A link is made with its content or not at all, so nobody reads a lock without a holder. */
function tryLink(own: string, path: string): boolean {
  try {
    linkSync(own, path);
    return true;
  } catch {
    return false;
  }
}

function held(path: string, holder: ProcessRecord | undefined): DeliveryError {
  return new DeliveryError(
    `${path} is held by process ${holder?.pid ?? 'unknown'} for ${patience / 1000} s; wait for it, or end it`,
    { code: 'ClusterBusy', retryable: true },
  );
}
