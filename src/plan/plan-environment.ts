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

/** A cluster that could not be planned, and why. */
export interface UnplannedCluster {
  cluster: string;
  error: DeliveryError;
}

/** What the bundle would change in every cluster of one environment; one error that names all that cannot be asked. */
export async function planEnvironment(options: PlanEnvironmentOptions): Promise<Plan> {
  const { plan, unplanned } = await planClusters(options);
  const [first] = unplanned;
  if (first === undefined) return plan;
  if (unplanned.length === 1) throw first.error;
  const { name } = options.environment;
  const kinds = new Set(unplanned.map(({ error }) => error.kind));
  throw new DeliveryError(
    [
      `${name} cannot be planned: ${unplanned.length} of its ${options.environment.clusters.length} clusters cannot`,
      ...unplanned.map(({ cluster, error }) => `${cluster} (${error.code}): ${error.message}`),
    ].join('\n'),
    {
      code: new Set(unplanned.map(({ error }) => error.code)).size === 1 ? first.error.code : 'PlanIncomplete',
      kind: kinds.size === 1 ? first.error.kind : 'failed',
      retryable: unplanned.every(({ error }) => error.retryable),
      cause: first.error,
    },
  );
}

/** The plan of all clusters that can be planned, and those that cannot; no plan to approve where there are any. */
export async function planClusters(
  options: PlanEnvironmentOptions,
): Promise<{ plan: Plan; unplanned: UnplannedCluster[] }> {
  const { bundle, environment, connect, forceConflicts } = options;
  const outcomes = await Promise.all(
    environment.clusters.map(async (target): Promise<ClusterPlan | UnplannedCluster> => {
      try {
        return await planCluster(connect(target), {
          target,
          manifest: bundle.manifest,
          bundle: clusterBundle(bundle, target.name),
          forceConflicts,
          ...(bundle.sources ? { sources: bundle.sources } : {}),
        });
      } catch (error) {
        if (error instanceof DeliveryError) return { cluster: target.name, error };
        throw error;
      }
    }),
  );
  const isUnplanned = (outcome: ClusterPlan | UnplannedCluster) => 'error' in outcome;
  const clusters = outcomes.filter((outcome): outcome is ClusterPlan => !isUnplanned(outcome));
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
  return {
    plan: { ...plan, digest: planDigest(plan) },
    unplanned: outcomes.filter((outcome): outcome is UnplannedCluster => isUnplanned(outcome)),
  };
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
