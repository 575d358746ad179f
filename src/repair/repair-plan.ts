import { z } from 'zod';
import { stages } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import { readDocument } from '../mesh/read-document.ts';
import { digestOf } from '../plan/digest.ts';

/** What stands in the place of one document of the cluster's state. */
const found = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('absent') }),
  z.strictObject({ kind: z.literal('sound'), digest: z.string() }),
  z.strictObject({ kind: z.literal('damaged'), reason: z.string(), digest: z.string() }),
]);

const entry = z.strictObject({
  id: z.strictObject({
    apiVersion: z.string(),
    kind: z.string(),
    namespace: z.string().exactOptional(),
    name: z.string(),
  }),
  stage: z.enum(stages),
  uid: z.string(),
});

const write = z.discriminatedUnion('document', [
  /** The bundle becomes the one that runs, and is kept; which one ran before is not known any more. */
  z.strictObject({ document: z.literal('record') }),
  z.strictObject({ document: z.literal('inventory'), objects: z.array(entry) }),
  /** The journal is deleted: an upgrade that was open is begun again. */
  z.strictObject({ document: z.literal('journal') }),
]);

const clusterRepair = z.strictObject({
  cluster: z.string(),
  identity: z.strictObject({ uid: z.string(), server: z.string(), version: z.string() }),
  found: z.strictObject({ record: found, inventory: found, journal: found }),
  controlPlanes: z.array(z.strictObject({ revision: z.string(), version: z.string() })),
  writes: z.array(write),
  /** Objects that are not as the bundle has them: the next promotion changes or creates them. */
  differing: z.array(z.string()),
  /** Objects that carry the mesh's label and are not the bundle's: nothing prunes them afterwards. */
  unclaimed: z.array(z.string()),
  digest: z.string(),
});

const repairPlan = z.strictObject({
  apiVersion: z.literal('istio-delivery/v1'),
  kind: z.literal('RepairPlan'),
  mesh: z.string(),
  environment: z.string(),
  /** Digest of the bundle that is said to run. */
  bundle: z.string(),
  clusters: z.array(clusterRepair).min(1),
  digest: z.string(),
});

/** What a repair writes in one cluster, and what that was decided from. */
export type ClusterRepair = z.infer<typeof clusterRepair>;
export type RepairWrite = ClusterRepair['writes'][number];

/** `repair-plan.json`: everything a repair does, and nothing else. */
export type RepairPlan = z.infer<typeof repairPlan>;

/** Over all but the address and the version of the API server. */
export function clusterRepairDigest({ identity, ...repair }: Omit<ClusterRepair, 'digest'>): string {
  return digestOf({ ...repair, uid: identity.uid });
}

export function repairPlanDigest({ clusters, ...plan }: Omit<RepairPlan, 'digest'>): string {
  return digestOf({ ...plan, clusters: clusters.map(({ digest }) => digest) });
}

/** Whether every digest of the plan is that of its content. */
export function isIntactRepair({ digest, ...plan }: RepairPlan): boolean {
  return (
    digest === repairPlanDigest(plan) &&
    plan.clusters.every(({ digest: own, ...repair }) => own === clusterRepairDigest(repair))
  );
}

/** Reads what `repair` wrote; `file` is for the error. `RepairPlanInvalid` where it is another file, or was changed. */
export function parseRepairPlan(text: string, file: string): RepairPlan {
  const read = readDocument(text, repairPlan, ['RepairPlan']);
  if (read.kind !== 'read') {
    const remedy = read.kind === 'other version' ? '' : '; give the file that repair wrote without a plan';
    throw new DeliveryError(`${file} is not a repair plan: ${read.reason}${remedy}`, {
      code: read.kind === 'other version' ? 'PlanOfOtherVersion' : 'RepairPlanInvalid',
      kind: 'usage',
    });
  }
  if (isIntactRepair(read.value)) return read.value;
  throw new DeliveryError(
    `repair plan ${file} does not have the digest it names (${read.value.digest}): it was changed; run repair again without a plan`,
    { code: 'RepairPlanInvalid', kind: 'refused' },
  );
}
