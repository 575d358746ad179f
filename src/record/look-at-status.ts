import { openText } from '../apply/look.ts';
import { readStoredBundle, type StoredBundle } from '../apply/stored-bundle.ts';
import { unhealthyObjects } from '../apply/unhealthy-objects.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { readInventory, readPromotionRecord } from '../plan/cluster-state.ts';
import { readOpenUpgrade } from '../plan/open-upgrade.ts';
import type { LeftOfObject } from '../plan/plan.ts';
import { planCluster } from '../plan/plan-cluster.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject } from '../ports/objects.ts';
import { hasProxy, imageTag, isLive, proxyRevision, proxyVersion } from '../upgrade/workloads/proxy-pod.ts';
import type { ClusterStatus } from './status.ts';

export interface StatusOptions {
  target: ClusterTarget;
  environment: string;
  /** Namespace of the control plane. */
  namespace: string;
}

/** Looks at what runs in one cluster, and holds it against the bundle that was promoted to it. Writes nothing. */
export async function lookAtStatus(cluster: Cluster, options: StatusOptions): Promise<ClusterStatus> {
  const { target, environment, namespace } = options;
  const { version: kubernetes } = await cluster.identity();
  const record = await readPromotionRecord(cluster, namespace);
  const upgrade = await readOpenUpgrade(cluster, namespace);
  const stored = record?.current && (await readStoredBundle(cluster, namespace, record.current));
  const [inventory, deployments, tags, pods] = await Promise.all([
    readInventory(cluster, namespace),
    cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { namespace, labelSelector: 'app=istiod' }),
    cluster.list(
      { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'MutatingWebhookConfiguration' },
      { labelSelector: 'istio.io/tag' },
    ),
    cluster.list({ apiVersion: 'v1', kind: 'Pod' }),
  ]);
  return {
    cluster: cluster.name,
    environment,
    kubernetes,
    record,
    ...(upgrade ? { upgrade } : {}),
    unhealthy: [
      ...(upgrade ? [`upgrade ${openText(upgrade)} is open since ${upgrade.since}`] : []),
      ...(record?.inProgress ? [`the promotion of bundle ${record.inProgress.bundle} has not ended`] : []),
      ...(await unhealthyObjects(cluster, inventory, stored?.bundle)),
    ],
    ...(await driftOf(cluster, target, stored)),
    revisions: deployments.items.map(revisionOf),
    tags: tags.items.map(({ metadata }) => ({
      tag: metadata.labels?.['istio.io/tag'] ?? '',
      revision: metadata.labels?.['istio.io/rev'] ?? '',
    })),
    proxies: countProxies(pods.items),
  };
}

async function driftOf(
  cluster: Cluster,
  target: ClusterTarget,
  stored: StoredBundle | undefined,
): Promise<{ drift: string[]; left: LeftOfObject[] }> {
  if (!stored) return { drift: [], left: [] };
  const plan = await planCluster(cluster, { target, ...stored, forceConflicts: false });
  const drift = [
    ...plan.problems.map((problem) => {
      const why =
        problem.kind === 'invalid'
          ? problem.reason
          : problem.conflicts.map(({ field, owner }) => `${field} is owned by "${owner}"`).join(', ');
      return `${formatObjectId(problem.id)}: ${why}`;
    }),
    ...plan.changes.map((change) => {
      const subject = formatObjectId(change.id);
      if (change.action === 'create') return `${subject} is missing`;
      if (change.action === 'delete') return `${subject} is left over`;
      return `${subject}: ${change.fields.map(({ path }) => path).join(', ') || 'field ownership'}`;
    }),
  ];
  return { drift, left: plan.left };
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
