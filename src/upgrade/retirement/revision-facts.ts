import { revisionLabel } from '../../bundle/labels.ts';
import { listReplicaSets } from '../../cluster/list-pods.ts';
import { DeliveryError } from '../../errors.ts';
import { listWebhooks } from '../../plan/istio-in-cluster.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { type KubernetesObject, objectId, objectKey } from '../../ports/objects.ts';
import type { ConnectedProxy } from '../../ports/proxies.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { listWorkloads } from '../workloads/workload.ts';

/** Everything in a cluster that can use a revision. */
export interface RevisionFacts {
  /** Namespace of the control plane. */
  namespace: string;
  pods: KubernetesObject[];
  replicaSets: KubernetesObject[];
  namespaces: KubernetesObject[];
  /** What makes pods from a template: workloads, CronJobs, and Jobs that have not ended. */
  templates: KubernetesObject[];
  /** Gateways of the Gateway API. */
  gateways: KubernetesObject[];
  mutating: KubernetesObject[];
  validating: KubernetesObject[];
  services: KubernetesObject[];
  /** Proxies that are connected to an istiod of the revision, or why that cannot be said. */
  connected: { kind: 'known'; proxies: ConnectedProxy[] } | { kind: 'unknown'; reason: string };
  /** Names of clusters whose proxies this control plane may serve. */
  remoteClusters: string[];
}

export async function gatherRevisionFacts(context: UpgradeContext, revision: string): Promise<RevisionFacts> {
  const { cluster, namespace } = context;
  // The pods come first: a proxy that is asked about later then belongs to a pod that is known.
  const { items: pods } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' });
  const [replicaSets, namespaces, workloads, jobs, gateways, webhooks, services, remoteClusters, connected] =
    await Promise.all([
      listReplicaSets(cluster),
      cluster.list({ apiVersion: 'v1', kind: 'Namespace' }),
      listWorkloads(cluster),
      listJobs(cluster),
      listGateways(cluster),
      listWebhooks(cluster),
      cluster.list({ apiVersion: 'v1', kind: 'Service' }),
      listRemoteClusters(context),
      connectedProxies(context, revision),
    ]);
  return {
    namespace,
    pods,
    replicaSets,
    namespaces: namespaces.items,
    templates: [...workloads, ...jobs],
    gateways,
    ...webhooks,
    services: services.items,
    connected,
    remoteClusters,
  };
}

/** CronJobs, and Jobs that have not ended. */
export async function listJobs(cluster: Cluster): Promise<KubernetesObject[]> {
  const [cronJobs, jobs] = await Promise.all([
    cluster.list({ apiVersion: 'batch/v1', kind: 'CronJob' }),
    cluster.list({ apiVersion: 'batch/v1', kind: 'Job' }),
  ]);
  return [...cronJobs.items, ...jobs.items.filter((job) => !hasEnded(job))];
}

function hasEnded({ status }: KubernetesObject): boolean {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string }[] };
  return conditions.some(({ type, status }) => status === 'True' && (type === 'Complete' || type === 'Failed'));
}

async function listGateways(cluster: Cluster): Promise<KubernetesObject[]> {
  const versions = ['gateway.networking.k8s.io/v1', 'gateway.networking.k8s.io/v1beta1'];
  const lists = await Promise.all(versions.map((apiVersion) => cluster.list({ apiVersion, kind: 'Gateway' })));
  const gateways = lists.flatMap(({ items }) => items);
  return [...new Map(gateways.map((gateway) => [objectKey(objectId(gateway)), gateway])).values()];
}

export async function connectedProxies(
  { cluster, namespace, proxies }: Pick<UpgradeContext, 'cluster' | 'namespace' | 'proxies'>,
  revision: string,
): Promise<RevisionFacts['connected']> {
  try {
    return { kind: 'known', proxies: await proxies.connected(revision) };
  } catch (error) {
    if (!(error instanceof DeliveryError && error.code === 'ProxyStatusUnavailable')) throw error;
    const labelSelector = `app=istiod,${revisionLabel}=${revision}`;
    const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector });
    // Nothing can be connected to a control plane that has no pod.
    return items.length === 0 ? { kind: 'known', proxies: [] } : { kind: 'unknown', reason: error.message };
  }
}

/** Names of the clusters whose proxies the control plane may serve. */
export async function listRemoteClusters({
  cluster,
  namespace,
}: Pick<UpgradeContext, 'cluster' | 'namespace'>): Promise<string[]> {
  const labelSelector = 'istio/multiCluster=true';
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace, labelSelector });
  return items.flatMap(remoteNames);
}

/** Istio reads the clusters from the keys of the Secret, and the name of a cluster from its key. */
function remoteNames({ data }: KubernetesObject): string[] {
  return Object.keys((data ?? {}) as Record<string, string>);
}
