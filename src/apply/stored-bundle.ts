import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { DeliveryError, messageOf } from '../errors.ts';
import type { PromotedBundle } from '../plan/cluster-state.ts';
import { digestOf } from '../plan/digest.ts';
import type { UpgradeSide } from '../plan/open-upgrade.ts';
import type { Change } from '../plan/plan.ts';
import type { Cluster } from '../ports/cluster.ts';
import { objectId } from '../ports/objects.ts';
import { stateMap, writeState } from './write-state.ts';

/** What a cluster keeps of a bundle: its own part, and what the bundle says of itself. */
export interface StoredBundle {
  manifest: BundleManifest;
  bundle: ClusterBundle;
  /** Of a bundle that an upgrade goes to: what was approved of it. */
  approved?: { changes: Change[]; forceConflicts: boolean };
}

/** A ConfigMap holds 1 MiB, and so does a request that etcd takes: half of it leaves room for both. */
const chunkSize = 512 * 1024;

const chunkKey = 'bundle.json.gz';
const bundleLabel = 'istio-delivery/bundle';

/** Puts the cluster's bundle into ConfigMaps and returns their names, in order. */
export async function storeBundle(cluster: Cluster, namespace: string, stored: StoredBundle): Promise<string[]> {
  const bytes = await promisify(gzip)(JSON.stringify(stored));
  // Bundles may have this cluster's objects in common and still differ in what they say of themselves.
  const id = digestOf(stored).replace('sha256:', '').slice(0, 12);
  const chunks = Array.from({ length: Math.ceil(bytes.length / chunkSize) }, (_, index) => ({
    name: `istio-delivery-bundle-${id}-${index}`,
    content: bytes.subarray(index * chunkSize, (index + 1) * chunkSize).toString('base64'),
  }));
  for (const { name, content } of chunks) {
    const map = stateMap(namespace, name, { binaryData: { [chunkKey]: content } });
    await writeState(cluster, {
      ...map,
      metadata: { ...map.metadata, labels: { ...map.metadata.labels, [bundleLabel]: id } },
    });
  }
  return chunks.map(({ name }) => name);
}

/** Reads a bundle back from the cluster it was promoted to. */
export async function readStoredBundle(
  cluster: Cluster,
  namespace: string,
  { bundle, chunks }: Pick<PromotedBundle | UpgradeSide, 'bundle' | 'chunks'>,
): Promise<StoredBundle> {
  try {
    const parts = await Promise.all(
      chunks.map(async (name) => {
        const map = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
        const content = (map?.binaryData as Record<string, string> | undefined)?.[chunkKey];
        if (content === undefined) throw new Error(`ConfigMap ${namespace}/${name} is missing`);
        return Buffer.from(content, 'base64');
      }),
    );
    return JSON.parse((await promisify(gunzip)(Buffer.concat(parts))).toString('utf8')) as StoredBundle;
  } catch (error) {
    // What the API server could not answer says nothing of the bundle.
    if (error instanceof DeliveryError) throw error;
    throw new DeliveryError(
      `bundle ${bundle} cannot be read back from cluster ${cluster.name}: ${messageOf(error)}; promote a bundle to store it anew`,
      { code: 'StoredBundleUnreadable', cause: error },
    );
  }
}

/** Whether the bundle that a cluster keeps says of itself what `manifest` says; false where it cannot be read. */
export async function keepsManifest(
  cluster: Cluster,
  kept: Pick<PromotedBundle, 'bundle' | 'chunks'>,
  manifest: BundleManifest,
): Promise<boolean> {
  try {
    const stored = await readStoredBundle(cluster, manifest.namespaces.controlPlane, kept);
    return digestOf(stored.manifest) === digestOf(manifest);
  } catch (error) {
    if (error instanceof DeliveryError && error.code === 'StoredBundleUnreadable') return false;
    throw error;
  }
}

/** Deletes the chunks of every bundle but those that are to be kept. */
export async function forgetBundles(cluster: Cluster, namespace: string, keep: string[]): Promise<void> {
  const { items } = await cluster.list(
    { apiVersion: 'v1', kind: 'ConfigMap' },
    { namespace, labelSelector: bundleLabel },
  );
  for (const item of items) {
    if (!keep.includes(item.metadata.name)) await cluster.delete(objectId(item), item.metadata.uid ?? '');
  }
}
