import type { ClusterBundle } from '../bundle/bundle.ts';
import { revisionLabel } from '../bundle/labels.ts';
import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { discoverySelectorsOf, labelsToBeSeen } from './discovery-labels.ts';

/**
 * Namespaces that objects go to and that nothing brings along: in the real cluster their owners have made them. One
 * that belongs to a group carries its tag, as it does there, and what discovery selectors ask for.
 */
export function missingNamespaces(
  bundles: readonly ClusterBundle[],
  workloads: readonly KubernetesObject[],
  { groups }: UpgradePolicy,
): KubernetesObject[] {
  const objects = [...bundles.flatMap(({ stages }) => stages.flatMap((stage) => stage.objects)), ...workloads];
  const brought = new Set(objects.filter(({ kind }) => kind === 'Namespace').map(({ metadata }) => metadata.name));
  const selectors = bundles.flatMap(discoverySelectorsOf);
  const names = new Set(objects.flatMap(({ metadata }) => metadata.namespace ?? []));
  return [...names]
    .filter((name) => !brought.has(name) && !builtIn.has(name))
    .sort()
    .map((name) => {
      const tag = groups.find(({ namespaces }) => namespaces.includes(name))?.tag;
      if (tag === undefined) return { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
      const labels = { [revisionLabel]: tag };
      return {
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name, labels: labelsToBeSeen(selectors, { name, labels }) ?? labels },
      };
    });
}

const builtIn = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease']);
