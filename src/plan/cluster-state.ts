import { z } from 'zod';
import { type Stage, stages } from '../bundle/bundle.ts';
import { meshLabel } from '../bundle/labels.ts';
import { istioSchema, objectIdSchema, stageSchema } from '../bundle/object-schema.ts';
import type { BundlePolicy } from '../bundle/policy.ts';
import { policySchema } from '../bundle/policy-schema.ts';
import { type ShapeOf, timeSchema } from '../mesh/read-document.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject, ObjectId } from '../ports/objects.ts';
import { amendedSchema } from './open-upgrade-schema.ts';
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

const text = z.string().min(1);

export const promotionRecordName = 'istio-delivery-promotion';
export const inventoryName = 'istio-delivery-inventory';

/** The Lease that is the lock of a cluster. */
export const leaseName = 'istio-delivery';

const promotedBundleSchema: z.ZodType<PromotedBundle> = z.looseObject({
  bundle: text,
  istio: istioSchema,
  chunks: z.array(text),
  amended: amendedSchema.exactOptional(),
  policy: policySchema,
  since: timeSchema,
  plan: z.string(),
} satisfies ShapeOf<PromotedBundle>);

/** Unknown keys are left alone, and written again: a later version of this program may have written them. */
export const promotionRecordSchema: z.ZodType<PromotionRecord> = z.looseObject({
  apiVersion: z.literal('istio-delivery/v1'),
  mesh: text,
  environment: text,
  cluster: text,
  promotions: z.int().nonnegative(),
  current: promotedBundleSchema.exactOptional(),
  previous: promotedBundleSchema.exactOptional(),
  inProgress: z.looseObject({ bundle: text, plan: z.string(), since: timeSchema }).exactOptional(),
} satisfies ShapeOf<PromotionRecord>);

/** The inventory as it is written. */
export interface Inventory {
  apiVersion: 'istio-delivery/v1';
  objects: InventoryEntry[];
}

export const inventorySchema: z.ZodType<Inventory> = z.looseObject({
  apiVersion: z.literal('istio-delivery/v1'),
  objects: z.array(
    z.looseObject({
      id: objectIdSchema,
      stage: stageSchema,
      uid: z.string(),
    } satisfies ShapeOf<InventoryEntry>),
  ),
} satisfies ShapeOf<Inventory>);

/** The promotion record of the mesh whose control plane is in the namespace. */
export function recordForm(namespace: string): StateForm {
  return { namespace, name: promotionRecordName, key: 'record', shape: promotionRecordSchema };
}

/** The promotion record, or undefined where nothing was ever promoted. */
export async function readPromotionRecord(cluster: Cluster, namespace: string): Promise<PromotionRecord | undefined> {
  return readState<PromotionRecord>(cluster, recordForm(namespace));
}

/** Whether the promotion record is as the cluster has signed it. */
export async function isRecordSigned(cluster: Cluster, namespace: string): Promise<boolean> {
  return isSigned(cluster, recordForm(namespace));
}

/** The inventory of the same mesh. */
export function inventoryForm(namespace: string): StateForm {
  return { namespace, name: inventoryName, key: 'objects', shape: inventorySchema };
}

/** The inventory; empty where nothing was ever promoted. */
export async function readInventory(cluster: Cluster, namespace: string): Promise<InventoryEntry[]> {
  return (await readState<Inventory>(cluster, inventoryForm(namespace)))?.objects ?? [];
}

/** Whether an object carries the label of the mesh. */
export function meshLabelled({ metadata }: KubernetesObject, mesh: string): boolean {
  return metadata.labels?.[meshLabel] === mesh;
}

/** For prunes: the last of the stages goes first. */
export function byStageBackwards(left: InventoryEntry, right: InventoryEntry): number {
  return stages.indexOf(right.stage) - stages.indexOf(left.stage);
}
