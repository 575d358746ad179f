import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { DeliveryError } from '../../errors.ts';
import { slots } from '../../local/kind-configuration.ts';
import { kindFolder, kindLayout } from '../../local/kind-layout.ts';
import { isSameJob, type KindRecord, kindRecordSchema } from '../../local/kind-record.ts';
import { recordProcess } from '../embedded/process-identity.ts';
import { readRecord, writeRecord } from '../embedded/record-file.ts';
import { type LockOptions, withLock } from '../files/with-lock.ts';
import { runnerJob } from '../runner/runner-job.ts';
import type { KindClusterOptions, KindContext } from './kind-options.ts';

/** Names of the kind clusters of a home folder, complete or not. */
export function kindClusters({ home }: Pick<KindContext, 'home'>): string[] {
  const folder = kindFolder(home);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => !name.startsWith('.'))
        .sort()
    : [];
}

/** What was written down about a cluster; undefined when there is none of that name. */
export function kindRecord(home: string, name: string): KindRecord | undefined {
  return readRecord(kindLayout(home, name).record, kindRecordSchema);
}

/** What was written down about all clusters of a home folder. */
export function kindRecords(context: Pick<KindContext, 'home'>): KindRecord[] {
  return kindClusters(context).flatMap((name) => kindRecord(context.home, name) ?? []);
}

/** Writes down a cluster before anything of it exists. The caller holds the cluster's lock. */
export async function claimCluster(
  { name, configuration, throwAway }: KindClusterOptions,
  context: KindContext,
): Promise<KindRecord> {
  const creator = recordProcess('creator', process.pid);
  if (creator === undefined)
    throw new DeliveryError(`process ${process.pid} has no start time`, { code: 'NoStartTime' });
  const job = runnerJob(context.environment);
  const record: KindRecord = {
    name,
    created: context.clock.now().toISOString(),
    complete: false,
    creator,
    ...(throwAway ? { throwAway } : {}),
    ...(job ? { job } : {}),
    processes: [],
    files: [],
  };
  // Neighbours that are created at the same moment must see each other's choice.
  const lock = join(kindFolder(context.home), '.slots.lock');
  return withLock(lock, waitingFor('networks', context), async () => {
    const slot = configuration === undefined ? freeSlot(context) : undefined;
    return changeRecord(context.home, { ...record, ...(slot === undefined ? {} : { slot }) });
  });
}

/** Those of these clusters that the job of this process created. */
export function jobClusters(names: readonly string[], { home, environment }: KindContext): string[] {
  const job = runnerJob(environment);
  return names.filter((name) => {
    const record = kindRecord(home, name);
    return job !== undefined && record?.job !== undefined && isSameJob(record.job, job);
  });
}

/** Notes a file elsewhere that goes when the cluster goes. */
export function addFile(name: string, file: string, { home }: Pick<KindContext, 'home'>): void {
  const record = kindRecord(home, name);
  if (record) changeRecord(home, { ...record, files: [...record.files, file] });
}

/** Writes a record in place of the one before. */
export function changeRecord(home: string, record: KindRecord): KindRecord {
  writeRecord(kindLayout(home, record.name).record, record);
  return record;
}

/** One command at a time changes a cluster; the others wait, and say so. */
export function waitingFor(what: string, { reporter, signal }: Pick<KindContext, 'reporter' | 'signal'>): LockOptions {
  return { signal, onWait: () => reporter.progress(`waiting for another command to be done with ${what}`) };
}

function freeSlot(context: KindContext): number {
  const taken = new Set(kindRecords(context).map(({ slot }) => slot));
  const free = Array.from({ length: slots }, (_, slot) => slot).find((slot) => !taken.has(slot));
  if (free !== undefined) return free;
  throw new DeliveryError(
    `no networks are left for another kind cluster: ${slots} are there already; delete one (istio-delivery local down --clusters <name>)`,
    { code: 'TooManyClusters' },
  );
}
