import type { ClusterTarget } from '../mesh/environment.ts';
import { tagOf } from '../plan/istio-in-cluster.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { attempt, reasonsOf, valueOf } from '../probe/health/attempt.ts';
import { type ClusterHealthOptions, clusterHealth } from '../probe/health/cluster-health.ts';
import type { HealthFacts } from '../probe/health/health-facts.ts';
import { hasProxy, imageTag, isLive, proxyRevision, proxyVersion } from '../upgrade/workloads/proxy-pod.ts';
import { driftOf } from './drift.ts';
import type { ClusterStatus } from './status.ts';

export interface StatusOptions extends ClusterHealthOptions {
  target: ClusterTarget;
  environment: string;
}

/** Looks at what runs in one cluster, and holds it against the bundle that was promoted to it. Writes nothing. */
export async function lookAtStatus(cluster: Cluster, options: StatusOptions): Promise<ClusterStatus> {
  const { environment, signal } = options;
  const { version: kubernetes } = await cluster.identity();
  const [{ facts, parts }, drift] = await Promise.all([
    clusterHealth(cluster, options),
    attempt(signal, () => driftOf(cluster, options)),
  ]);
  const upgrade = valueOf(facts.upgrade);
  const [unknown] = reasonsOf(drift);
  return {
    cluster: cluster.name,
    environment,
    kubernetes,
    record: facts.record,
    ...(upgrade ? { upgrade } : {}),
    health: parts,
    ...(valueOf(drift) ?? { drift: [], left: [] }),
    ...(unknown === undefined ? {} : { driftUnknown: unknown }),
    revisions: (valueOf(facts.istiods) ?? []).map(revisionOf),
    tags: tagsOf(facts),
    proxies: countProxies(valueOf(facts.pods) ?? []),
  };
}

function tagsOf({ objects }: HealthFacts): ClusterStatus['tags'] {
  return objects
    .filter(({ id }) => id.kind === 'MutatingWebhookConfiguration')
    .flatMap(({ live }) => valueOf(live) ?? [])
    .flatMap((object) => {
      const tag = tagOf(object);
      return tag === undefined ? [] : [{ tag, revision: object.metadata.labels?.['istio.io/rev'] ?? '' }];
    });
}

function revisionOf(deployment: KubernetesObject): ClusterStatus['revisions'][number] {
  const { template } = deployment.spec as { template: { spec: { containers: { image?: string }[] } } };
  const { replicas = 0, readyReplicas = 0 } = (deployment.status ?? {}) as {
    replicas?: number;
    readyReplicas?: number;
  };
  return {
    revision: deployment.metadata.labels?.['istio.io/rev'] ?? 'default',
    version: imageTag(template.spec.containers[0]?.image) ?? 'unknown',
    ready: `${readyReplicas} of ${replicas} replicas ready`,
  };
}

function countProxies(pods: KubernetesObject[]): ClusterStatus['proxies'] {
  const counts = new Map<string, ClusterStatus['proxies'][number]>();
  for (const pod of pods) {
    if (!hasProxy(pod) || !isLive(pod)) continue;
    const revision = proxyRevision(pod) ?? 'unknown';
    const version = proxyVersion(pod) ?? 'unknown';
    const entry = counts.get(`${revision} ${version}`) ?? { revision, version, pods: 0 };
    counts.set(`${revision} ${version}`, { ...entry, pods: entry.pods + 1 });
  }
  return [...counts.values()];
}
