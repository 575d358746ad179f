import type { Fault } from '../../local/fault.ts';
import { goneNodes, podFaultOf } from '../../local/fault-match.ts';
import { isIstiod } from '../../local/istiod-workload.ts';
import type { Pod } from '../../local/pod.ts';
import { lostPodStatus, nextPodStatus } from '../../local/pod-status.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';

export interface PodKeeperOptions {
  cluster: Cluster;
  clock: Clock;
  faults(): readonly Fault[];
}

export interface PodKeeper {
  /** Says of these pods what their kubelets would. */
  reconcile(pods: readonly Pod[]): Promise<void>;
}

const fieldManager = 'istio-delivery-local';

/**
 * Makes pods ready, or what faults make of them; but for those of istiod, behind which processes stand. Pods of a node
 * that has gone are not ready: the controllers would say so only when it has been silent for most of a minute.
 */
export function keepPods({ cluster, clock, faults }: PodKeeperOptions): PodKeeper {
  /** The state of each pod, by its resourceVersion, that was last answered: its successor takes a moment to arrive. */
  const answered = new Map<string, string>();

  function statusOf(pod: Pod, gone: ReadonlySet<string>): KubernetesObject | undefined {
    if (gone.has(pod.spec.nodeName ?? '')) return lostPodStatus(pod, clock.now());
    return isIstiod(pod) ? undefined : nextPodStatus(pod, podFaultOf(faults(), pod), clock.now());
  }

  async function keep(pod: Pod, gone: ReadonlySet<string>): Promise<void> {
    const { uid = '', resourceVersion = '' } = pod.metadata;
    if (answered.get(uid) === resourceVersion) return;
    const status = statusOf(pod, gone);
    if (status === undefined) return;
    answered.set(uid, resourceVersion);
    try {
      await cluster.applyStatus(status, { fieldManager });
    } catch (error) {
      answered.delete(uid);
      throw error;
    }
  }

  return {
    async reconcile(pods) {
      const present = new Set(pods.map(({ metadata }) => metadata.uid));
      for (const uid of answered.keys()) if (!present.has(uid)) answered.delete(uid);
      const gone = goneNodes(faults());
      await Promise.all(pods.map((pod) => keep(pod, gone)));
    },
  };
}
