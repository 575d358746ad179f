import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';

export interface NodeFacts {
  nodes: readonly KubernetesObject[];
  pods: readonly KubernetesObject[];
  /** Events about nodes. */
  events: readonly KubernetesObject[];
}

/** What a node says when it runs out of something. */
const pressures = new Set(['MemoryPressure', 'DiskPressure', 'PIDPressure']);

/** What the nodes of a cluster lack: a condition of theirs, pods that they had to evict, processes that the kernel ended. */
export async function nodeTrouble(cluster: Cluster): Promise<string | undefined> {
  const [nodes, pods, events] = await Promise.all([
    cluster.list({ apiVersion: 'v1', kind: 'Node' }),
    cluster.list({ apiVersion: 'v1', kind: 'Pod' }),
    // Nodes are in no namespace, and events about them in this one.
    cluster.list({ apiVersion: 'v1', kind: 'Event' }, { namespace: 'default' }),
  ]);
  return nodeShortage({ nodes: nodes.items, pods: pods.items, events: events.items });
}

/** The same, of what was found. */
export function nodeShortage({ nodes, pods, events }: NodeFacts): string | undefined {
  const conditions = nodes.flatMap((node) =>
    conditionsOf(node)
      .filter(({ type, status }) => pressures.has(type) && status === 'True')
      .map(({ type, message }) => `node ${node.metadata.name} has ${type}${message ? ` (${message})` : ''}`),
  );
  const evicted = pods.flatMap((pod) => {
    const { reason, message } = (pod.status ?? {}) as { reason?: string; message?: string };
    return reason === 'Evicted'
      ? [`pod ${pod.metadata.namespace}/${pod.metadata.name} was evicted (${message?.trim() || 'no reason given'})`]
      : [];
  });
  const ended = events.flatMap(({ reason, message, involvedObject }) => {
    const { name = '' } = (involvedObject ?? {}) as { name?: string };
    return reason === 'SystemOOM' ? [`node ${name} ran out of memory (${String(message)})`] : [];
  });
  const found = [...new Set([...conditions, ...evicted, ...ended])];
  return found.length === 0 ? undefined : found.join('; ');
}

function conditionsOf({ status }: KubernetesObject): { type: string; status: string; message?: string }[] {
  const { conditions = [] } = (status ?? {}) as { conditions?: { type: string; status: string; message?: string }[] };
  return conditions;
}
