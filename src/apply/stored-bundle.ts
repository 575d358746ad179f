import { isDeepStrictEqual, promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { type ClusterBundle, type StageDigests, stages } from '../bundle/bundle.ts';
import { stageDigests } from '../bundle/bundle-digest.ts';
import { DeliveryError, messageOf } from '../errors.ts';
import { readDocument } from '../mesh/read-document.ts';
import type { PromotedBundle } from '../plan/cluster-state.ts';
import { digestOf } from '../plan/digest.ts';
import type { Change } from '../plan/plan.ts';
import { largestPart, refuseTooLarge } from '../plan/state-parts.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type BundlePart, forgeryOf, type KeptBundle, keptSchema } from './verify-stored.ts';
import { forgetOthers, labelled, stateMap, writeState } from './write-state.ts';

/** A cluster's own part of a bundle as it goes by it, with the configuration that it has since. */
export interface StoredBundle extends BundlePart {
  /** Of a bundle that an upgrade goes to: what was approved of it. */
  approved?: { changes: Change[]; forceConflicts: boolean };
}

/** A bundle that a cluster has been told of: its digest, and the ConfigMaps that hold what is kept of it. */
export type KeptSide = Pick<PromotedBundle, 'bundle' | 'chunks' | 'amended'> & {
  /** Digests of the stages that this cluster has of it. */
  stages?: StageDigests;
  /** Digest of the plan of the upgrade that goes to it. */
  upgradePlan?: string;
};

const lostCode = 'StoredBundleUnreadable';
const changedCode = 'StoredBundleChanged';

const cure =
  'give this very bundle, which stores it anew: to promote, or, while an upgrade is open, to upgrade rollback, or to upgrade start with the plan that it began with';

/** Bytes of the text of a bundle; what unpacks to more is none of ours. */
const largestText = 512 * 1024 * 1024;

const chunkKey = 'bundle.json.gz';
const bundleLabel = 'istio-delivery/bundle';

/** Puts the cluster's bundle into ConfigMaps and returns their names, in order. */
export async function storeBundle(cluster: Cluster, namespace: string, kept: KeptBundle): Promise<string[]> {
  const bytes = await packed(kept);
  // Bundles may have this cluster's objects in common and still differ in what they say of themselves.
  const id = digestOf(kept).replace('sha256:', '').slice(0, 12);
  const chunks = Array.from({ length: partsOf(bytes) }, (_, index) => ({
    name: `istio-delivery-bundle-${id}-${index}`,
    content: bytes.subarray(index * largestPart, (index + 1) * largestPart).toString('base64'),
  }));
  for (const { name, content } of chunks) {
    const map = stateMap(namespace, name, { binaryData: { [chunkKey]: content } });
    await writeState(cluster, labelled(map, { [bundleLabel]: id }));
  }
  return chunks.map(({ name }) => name);
}

/** Refuses a bundle that could not be stored once it is promoted. */
export async function refuseLargeBundle({ manifest, bundle }: BundlePart): Promise<void> {
  await packed({ manifest, bundle });
}

async function packed(kept: KeptBundle): Promise<Buffer> {
  const bytes = await promisify(gzip)(JSON.stringify(kept));
  refuseTooLarge(`bundle ${kept.manifest.digest}`, { parts: partsOf(bytes), bytes: bytes.length });
  return bytes;
}

function partsOf(bytes: Buffer): number {
  return Math.ceil(bytes.length / largestPart);
}

/** Reads a bundle back from the cluster it was promoted to; `StoredBundleChanged` where a byte of it is another one. */
export async function readStoredBundle(cluster: Cluster, namespace: string, side: KeptSide): Promise<StoredBundle> {
  const kept = await readKeptBundle(cluster, namespace, side);
  const { manifest, approved, amendment } = kept;
  const bundle = amendment ? withConfigOf(kept.bundle, amendment.bundle) : kept.bundle;
  // Every part of the bundle has its digest, that of another cluster too.
  if (side.stages !== undefined && !isDeepStrictEqual(stageDigests(bundle.stages), side.stages)) {
    throw changed(cluster, namespace, { bundle: side.bundle, how: `it is the part of cluster ${bundle.cluster}` });
  }
  return {
    manifest,
    bundle,
    ...(approved
      ? { approved: { changes: approved.clusterPlan.changes, forceConflicts: approved.plan.forceConflicts } }
      : {}),
  };
}

/** Whether a bundle can be read back, every byte of it. */
export async function isKept(cluster: Cluster, namespace: string, side: KeptSide): Promise<boolean> {
  try {
    await readKeptBundle(cluster, namespace, side);
    return true;
  } catch (error) {
    if (isLost(error)) return false;
    throw error;
  }
}

/** Whether nothing but the bundle itself helps. */
export function isLost(error: unknown): boolean {
  return error instanceof DeliveryError && [lostCode, changedCode].includes(error.code);
}

/** What is kept of a bundle, every byte held against its digests. */
export async function readKeptBundle(cluster: Cluster, namespace: string, side: KeptSide): Promise<KeptBundle> {
  const kept = await unpacked(cluster, namespace, side);
  const forgery = forgeryOf(kept, {
    rendered: side.amended?.rendered ?? side.bundle,
    ...(side.amended ? { amendment: side.amended.config } : {}),
    ...(side.upgradePlan === undefined ? {} : { plan: side.upgradePlan }),
  });
  if (forgery === undefined) return kept;
  throw changed(cluster, namespace, { bundle: side.bundle, how: forgery });
}

function changed(cluster: Cluster, namespace: string, { bundle, how }: { bundle: string; how: string }): DeliveryError {
  return new DeliveryError(
    `bundle ${bundle} as cluster ${cluster.name} keeps it was changed by somebody who may write ConfigMaps in namespace ${namespace}: ${how}; nothing of it is applied`,
    { remedy: `Look who may write there, and ${cure}`, code: changedCode, kind: 'refused' },
  );
}

async function unpacked(cluster: Cluster, namespace: string, { bundle, chunks }: KeptSide): Promise<KeptBundle> {
  try {
    const parts = await Promise.all(
      chunks.map(async (name) => {
        const map = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
        const content = (map?.binaryData as Record<string, string> | undefined)?.[chunkKey];
        if (content === undefined) throw new Error(`ConfigMap ${namespace}/${name} is missing`);
        return Buffer.from(content, 'base64');
      }),
    );
    const text = await promisify(gunzip)(Buffer.concat(parts), { maxOutputLength: largestText });
    const read = readDocument(text.toString('utf8'), keptSchema);
    if (read.kind !== 'read') throw new Error(read.reason);
    return read.value as unknown as KeptBundle;
  } catch (error) {
    // What the API server could not answer says nothing of the bundle.
    if (error instanceof DeliveryError) throw error;
    throw new DeliveryError(`bundle ${bundle} cannot be read back from cluster ${cluster.name}: ${messageOf(error)}`, {
      remedy: cure,
      code: lostCode,
      cause: error,
    });
  }
}

function withConfigOf(bundle: ClusterBundle, { stages: config }: ClusterBundle): ClusterBundle {
  const kept = bundle.stages.filter(({ stage }) => stage !== 'config');
  const held = [...kept, ...config];
  return { ...bundle, stages: stages.flatMap((stage) => held.filter((each) => each.stage === stage)) };
}

/** Deletes the chunks of every bundle but those that are to be kept. */
export async function forgetBundles(cluster: Cluster, namespace: string, keep: string[]): Promise<void> {
  await forgetOthers(cluster, { namespace, labelSelector: bundleLabel }, keep);
}
