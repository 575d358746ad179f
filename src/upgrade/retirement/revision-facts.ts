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
  const [replicaSets, namespaces, templates, gateways, webhooks, services, secrets, connected] = await Promise.all([
    listReplicaSets(cluster),
    cluster.list({ apiVersion: 'v1', kind: 'Namespace' }),
    listTemplates(cluster),
    listGateways(cluster),
    listWebhooks(cluster),
    cluster.list({ apiVersion: 'v1', kind: 'Service' }),
    cluster.list({ apiVersion: 'v1', kind: 'Secret' }, { namespace, labelSelector: 'istio/multiCluster=true' }),
    connectedProxies(context, revision),
  ]);
  return {
    namespace,
    pods,
    replicaSets,
    namespaces: namespaces.items,
    templates,
    gateways,
    ...webhooks,
    services: services.items,
    connected,
    remoteClusters: secrets.items.flatMap(remoteNames),
  };
}

async function listTemplates(cluster: Cluster): Promise<KubernetesObject[]> {
  const [workloads, cronJobs, jobs] = await Promise.all([
    listWorkloads(cluster),
    cluster.list({ apiVersion: 'batch/v1', kind: 'CronJob' }),
    cluster.list({ apiVersion: 'batch/v1', kind: 'Job' }),
  ]);
  return [...workloads, ...cronJobs.items, ...jobs.items.filter((job) => !hasEnded(job))];
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

async function connectedProxies(
  { cluster, namespace, proxies }: UpgradeContext,
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

/** Istio reads the clusters from the keys of the Secret, and the name of a cluster from its key. */
function remoteNames({ data }: KubernetesObject): string[] {
  return Object.keys((data ?? {}) as Record<string, string>);
}
