import {
  type ClusterRepair,
  clusterRepairDigest,
  type RepairPlan,
  repairPlanDigest,
} from '../../src/repair/repair-plan.ts';

/** A repair of the record of one cluster. */
export function repairPlan(overrides: Partial<ClusterRepair> = {}): RepairPlan {
  const repair = {
    cluster: 'east',
    identity: { uid: 'u1', server: 'https://east.example', version: 'v1.34.2' },
    found: {
      record: { kind: 'damaged' as const, reason: 'it has no signature', digest: 'sha256:d' },
      inventory: { kind: 'sound' as const, digest: 'sha256:i' },
      journal: { kind: 'absent' as const },
    },
    controlPlanes: [{ revision: '1-31-0', version: '1.31.0' }],
    writes: [{ document: 'record' as const }],
    differing: ['Service shop/web'],
    unclaimed: ['ConfigMap istio-system/old'],
    ...overrides,
  };
  const plan = {
    apiVersion: 'istio-delivery/v1' as const,
    kind: 'RepairPlan' as const,
    mesh: 'acme',
    environment: 'production',
    bundle: 'sha256:b1',
    clusters: [{ ...repair, digest: clusterRepairDigest(repair) }],
  };
  return { ...plan, digest: repairPlanDigest(plan) };
}
