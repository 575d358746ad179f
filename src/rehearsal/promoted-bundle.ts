import { readStoredBundle } from '../apply/stored-bundle.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { readPromotionRecord } from '../plan/cluster-state.ts';
import type { Cluster } from '../ports/cluster.ts';

/** What was promoted to a cluster, as the cluster keeps it: its own part of the bundle. Undefined where nothing was. */
export async function promotedBundle(cluster: Cluster, namespace: string): Promise<Bundle | undefined> {
  const record = await readPromotionRecord(cluster, namespace);
  if (!record?.current) return undefined;
  const { manifest, bundle } = await readStoredBundle(cluster, namespace, record.current);
  return { manifest, clusters: { [bundle.cluster]: bundle } };
}
