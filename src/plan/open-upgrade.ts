import type { StageDigests } from '../bundle/bundle-digest.ts';
import type { Cluster } from '../ports/cluster.ts';
import { readState } from './cluster-state.ts';

/** One of the two bundles of an upgrade. */
export interface UpgradeSide {
  /** Digest of the whole bundle. */
  bundle: string;
  istio: { version: string; revision: string };
  /** Names of the ConfigMaps that hold the cluster's part of it, gzipped, in order. */
  chunks: string[];
  /** Digests of the cluster's stages. */
  stages: StageDigests;
}

/** What the journal of an upgrade tells those who do not take part in it. */
export interface OpenUpgrade {
  apiVersion: 'istio-delivery/v1';
  /** Unique among the upgrades of a cluster; what moved workloads carry. */
  id: string;
  mesh: string;
  environment: string;
  /** Digest of the plan that was approved. */
  plan: string;
  /** `open` is the logical lock of the mesh: until it is over, nothing but configuration is promoted. */
  state: 'open' | 'finished' | 'rolled back';
  old: UpgradeSide;
  new: UpgradeSide;
  /** When it began; ISO 8601. */
  since: string;
  /** Configuration that was promoted to both sides meanwhile. */
  promotions: { bundle: string; plan: string; at: string }[];
}

export const upgradeJournalName = 'istio-delivery-upgrade';

/** The upgrade that is on its way in the cluster; undefined where there is none. */
export async function readOpenUpgrade(cluster: Cluster, namespace: string): Promise<OpenUpgrade | undefined> {
  const upgrade = await readState<OpenUpgrade>(cluster, { namespace, name: upgradeJournalName, key: 'journal' });
  return upgrade?.state === 'open' ? upgrade : undefined;
}
