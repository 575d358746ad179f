import { compare } from 'semver';
import type { Bundle, BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { ClusterTarget, Environment } from '../mesh/environment.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type ClusterPlan, type Plan, planDigest } from './plan.ts';
import { planCluster } from './plan-cluster.ts';
import { upgradeNotes } from './upgrade-notes.ts';

/** Opens the API server of a cluster of the mesh file. */
export type Connect = (target: ClusterTarget) => Cluster;

export interface PlanEnvironmentOptions {
  bundle: Bundle;
  environment: Environment;
  connect: Connect;
  forceConflicts: boolean;
}

/** What the bundle would change in every cluster of one environment. */
export async function planEnvironment(options: PlanEnvironmentOptions): Promise<Plan> {
  const { bundle, environment, connect, forceConflicts } = options;
  const clusters = await Promise.all(
    environment.clusters.map((target) =>
      planCluster(connect(target), {
        target,
        manifest: bundle.manifest,
        bundle: clusterBundle(bundle, target.name),
        forceConflicts,
        ...(bundle.sources ? { sources: bundle.sources } : {}),
      }),
    ),
  );
  const plan: Omit<Plan, 'digest'> = {
    apiVersion: 'istio-delivery/v1',
    kind: 'Plan',
    mesh: bundle.manifest.mesh,
    environment: environment.name,
    bundle: bundle.manifest.digest,
    istio: bundle.manifest.istio,
    forceConflicts,
    ...upgradeOf(bundle.manifest, clusters),
    clusters,
  };
  return { ...plan, digest: planDigest(plan) };
}

/** What is to be known of an upgrade beside its changes; nothing where no cluster moves to another revision. */
function upgradeOf(manifest: BundleManifest, clusters: ClusterPlan[]): Pick<Plan, 'upgrade'> {
  const { istio, upgrade: policy, probe } = manifest;
  const versions = clusters.flatMap(({ upgrade, runs }) => (upgrade && runs ? runs.istio.version : [])).sort(compare);
  const [oldest] = versions;
  if (oldest === undefined) return {};
  return { upgrade: { policy, ...(probe ? { probe } : {}), notes: upgradeNotes(oldest, istio.version) } };
}

/** The environment of that name, or an error that lists those there are. */
export function environmentOf(bundle: Bundle, name: string): Environment {
  const environment = bundle.manifest.environments.find((candidate) => candidate.name === name);
  if (environment) return environment;
  const known = bundle.manifest.environments.map((candidate) => candidate.name).join(', ');
  throw new DeliveryError(`environment "${name}" is not in the bundle; it has: ${known}`, {
    code: 'EnvironmentUnknown',
    kind: 'usage',
  });
}

/** The part of the bundle that one cluster gets. */
export function clusterBundle(bundle: Bundle, cluster: string): ClusterBundle {
  const found = bundle.clusters[cluster];
  if (found) return found;
  throw new DeliveryError(`bundle ${bundle.manifest.digest} holds nothing for cluster "${cluster}"; render it again`, {
    code: 'BundleIncomplete',
  });
}
