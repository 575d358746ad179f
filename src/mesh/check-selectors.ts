import type { ControlPlane } from './control-plane-schema.ts';
import { type Finding, formatPath, show } from './finding.ts';
import { matchesLabels } from './label-selector.ts';
import type { MeshFile } from './mesh-schema.ts';
import type { Path } from './positions.ts';

type Selectors = NonNullable<ControlPlane['discoverySelectors']>;

/**
 * Namespaces of groups that istiod would not look at. Only what the mesh file says of a namespace counts: its name, and
 * the tag of its group, which it carries for good. The mesh's own namespaces are always among those that istiod sees.
 */
export function checkSelectors(file: MeshFile): Finding[] {
  return [...selectorsInUse(file)].flatMap(([place, selectors]) =>
    file.groups.flatMap(({ namespaces, tag }, group) =>
      namespaces.names.flatMap((name, index) => {
        const labels = { 'kubernetes.io/metadata.name': name, 'istio.io/rev': tag };
        if (selectors.some((selector) => matchesLabels(selector, labels))) return [];
        const message = `expected a namespace that ${place} select by its name or its tag, got ${show(name)}, so istiod would not look at it; add { matchLabels: { istio.io/rev: ${tag} } } to them`;
        return [{ path: ['groups', group, 'namespaces', 'names', index], message }];
      }),
    ),
  );
}

/** The selectors that clusters get, each once, by where they stand. */
function selectorsInUse({ controlPlane, environments }: MeshFile): Map<string, Selectors> {
  const used = new Map<string, Selectors>();
  for (const [name, { clusters, overrides }] of Object.entries(environments)) {
    const here: Path = ['environments', name];
    for (const [index, cluster] of clusters.entries()) {
      const levels: [Path, Selectors | undefined][] = [
        [[...here, 'clusters', index, 'overrides'], cluster.overrides?.controlPlane?.discoverySelectors],
        [[...here, 'overrides'], overrides?.controlPlane?.discoverySelectors],
        [[], controlPlane.discoverySelectors],
      ];
      const [path, selectors] = levels.find(([, given]) => given !== undefined) ?? [];
      if (path && selectors) used.set(formatPath([...path, 'controlPlane', 'discoverySelectors']), selectors);
    }
  }
  return used;
}
