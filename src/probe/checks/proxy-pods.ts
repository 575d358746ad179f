import { isReady } from '../../cluster/pod-readiness.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { hasProxy, isLive, proxyRevision } from '../../upgrade/workloads/proxy-pod.ts';

/** A pod that takes requests through a proxy. */
export interface ProxyPod {
  uid: string;
  namespace: string;
  name: string;
  /** As a person reads it: `Pod shop/cart-1`. */
  title: string;
  revision: string;
  /** ISO 8601. */
  created: string;
}

/** Every pod of a cluster that is ready and has a proxy of a revision. */
export async function proxyPods(cluster: Cluster): Promise<ProxyPod[]> {
  const { items } = await cluster.list({ apiVersion: 'v1', kind: 'Pod' });
  return proxyPodsAmong(items);
}

export function proxyPodsAmong(pods: readonly KubernetesObject[]): ProxyPod[] {
  return pods
    .filter((pod) => isLive(pod) && hasProxy(pod) && isReady(pod))
    .flatMap((pod) => {
      const revision = proxyRevision(pod);
      return revision === undefined ? [] : [proxyPod(pod, revision)];
    });
}

/** The revisions of proxies, each once. */
export function revisionsOf(pods: readonly ProxyPod[]): string[] {
  return [...new Set(pods.map(({ revision }) => revision))].sort();
}

function proxyPod(pod: KubernetesObject, revision: string): ProxyPod {
  const { uid = '', namespace = '', name, creationTimestamp = '' } = pod.metadata;
  return {
    uid,
    namespace,
    name,
    title: formatObjectId(objectId(pod)),
    revision,
    created: String(creationTimestamp),
  };
}
