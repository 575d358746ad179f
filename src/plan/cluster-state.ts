import { z } from 'zod';
import { type Stage, stages } from '../bundle/bundle.ts';
import { meshLabel } from '../bundle/labels.ts';
import type { BundlePolicy } from '../bundle/policy.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject, ObjectId } from '../ports/objects.ts';
import { isSigned, readState, type StateForm } from './read-state.ts';

/** One object that a promotion brought into the cluster. */
export interface InventoryEntry {
  id: ObjectId;
  stage: Stage;
  /** Empty from the moment the promotion announces the object until it has applied it. */
  uid: string;
}

/** Digests of the bundles that its configuration, and all the rest, are of. */
export interface Amended {
  rendered: string;
  config: string;
}

/** One bundle as a cluster remembers it. */
export interface PromotedBundle {
  /** Digest of the whole bundle. */
  bundle: string;
  istio: { version: string; revision: string };
  /** Names of the ConfigMaps that hold the cluster's part of it, gzipped, in order. */
  chunks: string[];
  /** Where other configuration was promoted while an upgrade to or from it was open. */
  amended?: Amended;
  /** What it decides beside its objects. */
  policy: BundlePolicy;
  /** When the promotion ended; ISO 8601. */
  since: string;
  /** Digest of the plan that was carried out. */
  plan: string;
}

/** What the cluster itself knows about its promotions. */
export interface PromotionRecord {
  apiVersion: 'istio-delivery/v1';
  mesh: string;
  environment: string;
  /** Name of the cluster in the mesh file. */
  cluster: string;
  /** Number of promotions and upgrades that have been carried out to their end in the cluster. */
  promotions: number;
  current?: PromotedBundle;
  previous?: PromotedBundle;
  /** Written before the first write of a promotion, taken away by its success. */
  inProgress?: { bundle: string; plan: string; since: string };
}

export const promotionRecordName = 'istio-delivery-promotion';
export const inventoryName = 'istio-delivery-inventory';

/** The Lease that is the lock of a cluster. */
export const leaseName = 'istio-delivery';

const promotedBundle = z.looseObject({
  bundle: z.string(),
  istio: z.looseObject({ version: z.string(), revision: z.string() }),
  chunks: z.array(z.string()),
  amended: z.looseObject({ rendered: z.string(), config: z.string() }).optional(),
  policy: z.looseObject({}),
  since: z.string(),
  plan: z.string(),
});

const recordShape = z.looseObject({
  apiVersion: z.literal('istio-delivery/v1'),
  mesh: z.string(),
  environment: z.string(),
  cluster: z.string(),
  promotions: z.int(),
  current: promotedBundle.optional(),
  previous: promotedBundle.optional(),
  inProgress: z.looseObject({ bundle: z.string(), plan: z.string(), since: z.string() }).optional(),
});

const inventoryShape = z.looseObject({
  apiVersion: z.literal('istio-delivery/v1'),
  objects: z.array(
    z.looseObject({
      id: z.looseObject({
        apiVersion: z.string(),
        kind: z.string(),
        namespace: z.string().optional(),
        name: z.string(),
      }),
      stage: z.enum(stages),
      uid: z.string(),
    }),
  ),
});

function recordForm(namespace: string): StateForm {
  return { namespace, name: promotionRecordName, key: 'record', shape: recordShape };
}

/** The promotion record, or undefined where nothing was ever promoted. */
export async function readPromotionRecord(cluster: Cluster, namespace: string): Promise<PromotionRecord | undefined> {
  return readState<PromotionRecord>(cluster, recordForm(namespace));
}

/** Whether the promotion record is as the cluster has signed it. */
export async function isRecordSigned(cluster: Cluster, namespace: string): Promise<boolean> {
  return isSigned(cluster, recordForm(namespace));
}

/** The inventory; empty where nothing was ever promoted. */
export async function readInventory(cluster: Cluster, namespace: string): Promise<InventoryEntry[]> {
  const state = { namespace, name: inventoryName, key: 'objects', shape: inventoryShape };
  return (await readState<{ objects: InventoryEntry[] }>(cluster, state))?.objects ?? [];
}

/** Whether an object carries the label of the mesh. */
export function meshLabelled({ metadata }: KubernetesObject, mesh: string): boolean {
  return metadata.labels?.[meshLabel] === mesh;
}

/** For prunes: the last of the stages goes first. */
export function byStageBackwards(left: InventoryEntry, right: InventoryEntry): number {
  return stages.indexOf(right.stage) - stages.indexOf(left.stage);
}
