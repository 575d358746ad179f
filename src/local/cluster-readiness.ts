import { isMapping } from '../mesh/merge-deep.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** What was seen of a cluster that is coming up. */
export interface UnreadyFacts {
  expectedNodes: number;
  nodes: readonly KubernetesObject[];
  /** Of the cluster's DNS. */
  dnsPods: readonly KubernetesObject[];
  /** Whether default/default is there, without which no pod is admitted. */
  hasServiceAccount: boolean;
}

/** Everything that keeps pods from running in it, each with what Kubernetes says of it; none when it is ready. */
export function unreadyReasons({ expectedNodes, nodes, dnsPods, hasServiceAccount }: UnreadyFacts): string[] {
  return [
    ...(nodes.length < expectedNodes ? [`${nodes.length} of ${expectedNodes} nodes have joined`] : []),
    ...nodes.flatMap((node) => {
      const ready = condition(node, 'Ready');
      return ready?.status === 'True' ? [] : [`Node ${node.metadata.name} is not ready${because(ready)}`];
    }),
    ...(dnsPods.length === 0 ? ['there is no pod of the cluster DNS'] : []),
    ...dnsPods.flatMap((pod) => {
      const ready = condition(pod, 'Ready');
      return ready?.status === 'True' ? [] : [`Pod kube-system/${pod.metadata.name} is not ready${because(ready)}`];
    }),
    ...(hasServiceAccount ? [] : ['ServiceAccount default/default is not there']),
  ];
}

function condition(object: KubernetesObject, type: string): Record<string, unknown> | undefined {
  const conditions = isMapping(object.status) ? object.status.conditions : undefined;
  return Array.isArray(conditions) ? conditions.filter(isMapping).find((entry) => entry.type === type) : undefined;
}

function because(entry: Record<string, unknown> | undefined): string {
  const said = [entry?.reason, entry?.message].filter((text) => typeof text === 'string' && text !== '');
  return said.length === 0 ? '' : ` (${said.join(': ')})`;
}
