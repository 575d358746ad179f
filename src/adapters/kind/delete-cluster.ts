import { existsSync, rmSync } from 'node:fs';
import { type KindLayout, kindLayout, kindLogs } from '../../local/kind-layout.ts';
import { leftoverReason } from '../../local/kind-record.ts';
import type { ProcessRecord } from '../../local/process-record.ts';
import { type Docker, openDocker } from '../docker/docker.ts';
import { endProcesses, isAlive } from '../embedded/process-identity.ts';
import { withLock } from '../files/with-lock.ts';
import { writeSharedKubeconfig } from '../kubernetes/shared-kubeconfig.ts';
import { runnerJob } from '../runner/runner-job.ts';
import type { KindContext } from './kind-options.ts';
import { kindRecord, kindRecords, waitingFor } from './kind-records.ts';
import { removeContainers } from './node-containers.ts';
import { removeUnshared } from './shared-things.ts';

/**
 * Deletes a cluster and everything that was written down of it: containers, kubeconfig, processes, and what it shared
 * with others that are gone. False when there was none of that name.
 */
export async function deleteKindCluster(name: string, context: KindContext): Promise<boolean> {
  const layout = kindLayout(context.home, name);
  forgetKindLogs(context.home, name);
  if (!existsSync(layout.folder)) return false;
  const docker = await openDocker(context);
  return withLock(layout.lock, waitingFor(name, context), async () => {
    const existed = existsSync(layout.folder);
    await removeCluster(layout, docker, context);
    return existed;
  });
}

/** Removes what was kept of creations that failed: of one cluster, or of all. */
export function forgetKindLogs(home: string, name?: string): void {
  const folder = name === undefined ? kindLogs(home) : kindLayout(home, name).logs;
  rmSync(folder, { recursive: true, force: true });
}

/** Deletes the clusters that belong to nobody any more, and says so for each. */
export async function sweepLeftovers(docker: Docker, context: KindContext): Promise<string[]> {
  const job = runnerJob(context.environment);
  const swept: string[] = [];
  for (const record of kindRecords(context)) {
    const reason = leftoverReason(record, { creatorAlive: isAlive(record.creator), job });
    if (reason === undefined) continue;
    const layout = kindLayout(context.home, record.name);
    await withLock(layout.lock, waitingFor(record.name, context), async () => {
      // Another command may have done it, and made a cluster of that name, meanwhile.
      if (kindRecord(context.home, record.name)?.created !== record.created) return;
      await removeCluster(layout, docker, context);
      context.reporter.line(`kind cluster ${record.name} was left over (${reason}): deleted`);
      swept.push(record.name);
    });
  }
  return swept;
}

/** The deletion itself. The caller holds the cluster's lock. */
export async function removeCluster(layout: KindLayout, docker: Docker, context: KindContext): Promise<void> {
  const { processes = [], files = [] } = kindRecord(context.home, layout.name) ?? {};
  const creating = processes.filter(isAlive);
  await endProcesses(creating.flatMap(groupOf), 0);
  await removeContainers(docker, layout.name);
  if (creating.length > 0) {
    // The engine may still carry out what kind asked of it last.
    await context.clock.sleep(2_000, context.signal);
    await removeContainers(docker, layout.name);
  }
  for (const file of files) rmSync(file, { recursive: true, force: true });
  rmSync(layout.folder, { recursive: true, force: true });
  writeSharedKubeconfig(context.home);
  await removeUnshared(docker, context);
}

/** kind leads a process group of its own, with the docker commands that it runs. */
function groupOf(record: ProcessRecord): ProcessRecord[] {
  if (process.platform !== 'win32' && isAlive(record)) {
    try {
      process.kill(-record.pid, 'SIGKILL');
    } catch {
      // It ended this very moment.
    }
  }
  return [record];
}
