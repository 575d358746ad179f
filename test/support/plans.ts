import { type ClusterPlan, clusterPlanDigest, type Plan, planDigest } from '../../src/plan/plan.ts';

/** The plan of one cluster, with its digest. */
export function clusterPlan(overrides: Partial<ClusterPlan> = {}): ClusterPlan {
  const plan = {
    cluster: 'dev',
    identity: { uid: 'uid-dev', server: 'https://dev', version: 'v1.34.2' },
    pinned: true,
    promotions: 0,
    changes: [],
    policy: [],
    problems: [],
    warnings: [],
    unchanged: 0,
    left: [],
    upgrade: false,
    ...overrides,
  };
  return { ...plan, digest: clusterPlanDigest(plan) };
}

/** The plan of an environment, with its digest. */
export function environmentPlan(overrides: Partial<Plan> = {}): Plan {
  const plan: Omit<Plan, 'digest'> = {
    apiVersion: 'istio-delivery/v1',
    kind: 'Plan',
    mesh: 'acme',
    environment: 'production',
    bundle: 'sha256:b1',
    istio: { version: '1.31.0', revision: '1-31-0' },
    forceConflicts: false,
    clusters: [clusterPlan()],
    ...overrides,
  };
  return { ...plan, digest: planDigest(plan) };
}
