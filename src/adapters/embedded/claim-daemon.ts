import { rmSync } from 'node:fs';
import { DeliveryError } from '../../errors.ts';
import type { ClusterLayout } from '../../local/cluster-layout.ts';
import { type DaemonRecord, daemonRecordSchema } from '../../local/cluster-record.ts';
import type { ProcessRecord } from '../../local/process-record.ts';
import { endProcesses, isAlive, recordProcess } from './process-identity.ts';
import { readRecord, writeRecord } from './record-file.ts';

/** Writes itself down, and ends the istiods that a daemon before it left behind. */
export async function claimDaemon(layout: ClusterLayout): Promise<ProcessRecord> {
  const before = readRecord(layout.daemonRecord, daemonRecordSchema);
  if (before && before.daemon.pid !== process.pid && isAlive(before.daemon)) {
    throw new DeliveryError(
      `daemon of cluster ${layout.name} cannot start: process ${before.daemon.pid} is its daemon; end that one first`,
      { code: 'DaemonRunning', kind: 'refused' },
    );
  }
  const self = recordProcess('daemon', process.pid);
  if (self === undefined) throw new DeliveryError(`process ${process.pid} has no start time`, { code: 'NoStartTime' });
  writeRecord(layout.daemonRecord, { daemon: self, istiods: before?.istiods ?? [] } satisfies DaemonRecord);
  await endProcesses(before?.istiods ?? [], 5000);
  rmSync(layout.istiodFolder, { recursive: true, force: true });
  writeRecord(layout.daemonRecord, { daemon: self, istiods: [] } satisfies DaemonRecord);
  return self;
}
