import type { LockedCluster } from '../apply/lease.ts';
import { writeUpgradeJournal } from '../apply/write-state.ts';
import { upgradeJournalName } from '../plan/open-upgrade.ts';
import { readSignedState, readState, type StateForm } from '../plan/read-state.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type Journal, journalSchema } from './journal.ts';

/** The journal of the mesh whose control plane is in the namespace. */
export function journalForm(namespace: string): StateForm {
  return { namespace, name: upgradeJournalName, key: 'journal', shape: journalSchema };
}

/** The journal of the last upgrade of the cluster, open or not; `ClusterStateUnreadable` where somebody has edited it. */
export async function readJournal(cluster: Cluster, namespace: string): Promise<Journal | undefined> {
  return readState<Journal>(cluster, journalForm(namespace));
}

/** The same, as the cluster has signed it; `StateForged` where it has not. */
export async function readSignedJournal(cluster: Cluster, namespace: string): Promise<Journal | undefined> {
  return readSignedState<Journal>(cluster, journalForm(namespace));
}

/** Stands on the journal while somebody wants the upgrade to pause. The journal's own writes leave it alone. */
const pauseAnnotation = 'istio-delivery/pause';
const pauseFieldManager = 'istio-delivery-pause';

/** The journal of a run: what is in memory is what stands in the cluster after each `write`. */
export interface JournalKeeper {
  readonly journal: Journal;
  /** Changes the journal; the next write brings it to the cluster. For what is found done anyway where it gets lost. */
  note(change: (journal: Journal) => void): void;
  /** Changes the journal and writes it, with everything noted before. */
  write(change: (journal: Journal) => void): Promise<void>;
  /** Who asks for a pause at this moment; undefined when nobody does. */
  pausedBy(): Promise<string | undefined>;
}

export function keepJournal(cluster: LockedCluster, namespace: string, journal: Journal): JournalKeeper {
  return {
    journal,
    note: (change) => change(journal),
    async write(change) {
      change(journal);
      await writeUpgradeJournal(cluster, namespace, journal);
    },
    async pausedBy() {
      const live = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: upgradeJournalName });
      return live?.metadata.annotations?.[pauseAnnotation];
    },
  };
}

/** Asks the run that is at work to stop before the next namespace or step, without its lock. */
export async function requestPause(cluster: Cluster, namespace: string, by: string): Promise<void> {
  await annotate(cluster, namespace, { [pauseAnnotation]: by });
}

/** Takes the request back, whether or not there was one. */
export async function withdrawPause(cluster: Cluster, namespace: string): Promise<void> {
  await annotate(cluster, namespace, {});
}

async function annotate(cluster: Cluster, namespace: string, annotations: Record<string, string>): Promise<void> {
  await cluster.apply(
    { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: upgradeJournalName, namespace, annotations } },
    { fieldManager: pauseFieldManager, dryRun: false, force: true },
  );
}
