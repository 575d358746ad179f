import { revisionLabel } from '../../bundle/labels.ts';
import type { GroupPolicy } from '../../mesh/upgrade-policy.ts';
import type { KubernetesObject } from '../../ports/objects.ts';

/** The live namespaces of a group, sorted: those that the mesh file names, and those that carry its tag. */
export function groupNamespaces(
  { namespaces: named, tag }: GroupPolicy,
  namespaces: readonly KubernetesObject[],
): string[] {
  return namespaces
    .filter(({ metadata }) => named.includes(metadata.name) || metadata.labels?.[revisionLabel] === tag)
    .map(({ metadata }) => metadata.name)
    .sort();
}
