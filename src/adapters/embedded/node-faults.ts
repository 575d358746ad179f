import { DeliveryError } from '../../errors.ts';
import { timestamp } from '../../local/pod.ts';
import { goneAnnotation } from '../../local/pod-stages.ts';
import type { Clock } from '../../ports/clock.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { KubernetesObject } from '../../ports/objects.ts';

const fieldManager = 'istio-delivery-local';
const node = { apiVersion: 'v1', kind: 'Node' };

/**
 * Makes these nodes, and no others, look as if their kubelets had gone; the controllers of the control plane taint
 * them. Throws `NodeUnknown` where there is no such node.
 */
export async function syncGoneNodes(cluster: Cluster, gone: ReadonlySet<string>, clock: Clock): Promise<void> {
  const { items } = await cluster.list(node);
  const names = new Set(items.map(({ metadata }) => metadata.name));
  const unknown = [...gone].find((name) => !names.has(name));
  if (unknown !== undefined) {
    throw new DeliveryError(
      `faults were not set: there is no node "${unknown}" (there are: ${[...names].join(', ')}); name one of them`,
      { code: 'NodeUnknown', kind: 'usage' },
    );
  }
  for (const { metadata } of items) {
    const isGone = metadata.annotations?.[goneAnnotation] !== undefined;
    if (isGone && !gone.has(metadata.name)) await annotate(cluster, { name: metadata.name });
    if (!isGone && gone.has(metadata.name)) await takeAway(cluster, metadata.name, clock.now());
  }
}

/** What plays the kubelet sees the annotation first, and so leaves the status alone. */
async function takeAway(cluster: Cluster, name: string, now: Date): Promise<void> {
  await annotate(cluster, { name, annotations: { [goneAnnotation]: 'true' } });
  const condition = {
    type: 'Ready',
    status: 'Unknown',
    reason: 'NodeStatusUnknown',
    message: 'Kubelet stopped posting node status.',
    lastTransitionTime: timestamp(now),
  };
  await cluster.applyStatus({ ...node, metadata: { name }, status: { conditions: [condition] } }, { fieldManager });
}

/** An annotation that is not applied again goes. */
async function annotate(cluster: Cluster, metadata: KubernetesObject['metadata']): Promise<void> {
  await cluster.apply({ ...node, metadata }, { fieldManager, dryRun: false, force: true });
}
