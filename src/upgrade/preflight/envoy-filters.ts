import { revisionLabel } from '../../bundle/labels.ts';
import { minorOf, supportOf } from '../../plan/istio-support.ts';
import { type Trouble, warn } from './finding.ts';
import { type MeshFacts, nameOf, versionOf } from './mesh-facts.ts';

interface FilterSpec {
  configPatches?: { match?: { proxy?: { proxyVersion?: string } } }[];
}

/** EnvoyFilters reach into Envoy itself, and another Envoy may not have what they reach for. */
export function unpinnedEnvoyFilters({ old, new: next, envoyFilters }: MeshFacts): Trouble[] {
  const [from, to] = [versionOf(old), versionOf(next)];
  if (minorOf(from) === minorOf(to)) return [];
  const envoy = supportOf(to)?.envoy;
  const met = envoy === undefined ? `the Envoy of Istio ${to}` : `Envoy ${envoy} (Istio ${to})`;
  return envoyFilters
    .filter(({ metadata }) => metadata.labels?.[revisionLabel] === undefined)
    .flatMap((filter) => {
      const { configPatches = [] } = (filter.spec ?? {}) as FilterSpec;
      const open = configPatches.filter(({ match }) => !match?.proxy?.proxyVersion).length;
      if (open === 0) return [];
      return [
        warn(
          `${open} of its ${configPatches.length} patches are for every version of Envoy and will meet ${met}`,
          'give each patch a match.proxy.proxyVersion, one EnvoyFilter for each version, and keep both during the upgrade',
          nameOf(filter),
        ),
      ];
    });
}
