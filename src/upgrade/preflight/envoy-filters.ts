import { canonicalJson } from '../../bundle/canonical-json.ts';
import { revisionLabel } from '../../bundle/labels.ts';
import { minorOf, supportOf } from '../../plan/istio-support.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { objectId, objectKey } from '../../ports/objects.ts';
import { fail, type Trouble, warn } from './finding.ts';
import { type MeshFacts, nameOf, versionOf } from './mesh-facts.ts';

interface ConfigPatch {
  applyTo?: string;
  match?: { context?: string; proxy?: { proxyVersion?: string } };
}

interface FilterSpec {
  workloadSelector?: unknown;
  targetRefs?: unknown;
  configPatches?: ConfigPatch[];
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
      const { configPatches = [] } = specOf(filter);
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

/** A patch for the proxies of before alone is gone without a word from each proxy that moves. */
export function lostEnvoyPatches({ old, new: next, envoyFilters }: MeshFacts): Trouble[] {
  const [from, to] = [versionOf(old), versionOf(next)];
  const coming = next.bundle.stages.flatMap(({ objects }) => objects).filter(({ kind }) => kind === 'EnvoyFilter');
  const filters = new Map([...envoyFilters, ...coming].map((filter) => [objectKey(objectId(filter)), filter]));
  const kept = new Set([...filters.values()].flatMap((filter) => placesOf(filter, (patch) => isFor(patch, to))));
  return [...filters.values()]
    .filter(({ metadata }) => metadata.labels?.[revisionLabel] === undefined)
    .flatMap((filter) => {
      const lost = placesOf(filter, (patch) => isFor(patch, from) && !isFor(patch, to)).filter(
        (place) => !kept.has(place),
      );
      if (lost.length === 0) return [];
      const { length: all } = specOf(filter).configPatches ?? [];
      return [
        fail(
          `${lost.length} of its ${all} patches are for proxies of Istio ${from} and not for those of ${to}, and no other patch takes their place: what they do ends as soon as a proxy moves`,
          `add a patch whose match.proxy.proxyVersion is for ${to}, in an EnvoyFilter beside it, and keep both during the upgrade; waive the check where the patch is not needed any more`,
          nameOf(filter),
        ),
      ];
    });
}

/** Where the patches that are chosen apply; patches for two versions that do one thing are at one place. */
function placesOf(filter: KubernetesObject, isChosen: (patch: ConfigPatch) => boolean): string[] {
  const { workloadSelector, targetRefs, configPatches = [] } = specOf(filter);
  const { namespace } = filter.metadata;
  return configPatches
    .filter(isChosen)
    .map(({ applyTo, match }) =>
      canonicalJson({ namespace, workloadSelector, targetRefs, applyTo, context: match?.context }),
    );
}

/** Whether proxies of the version take the patch; one whose expression cannot be read is for none. */
function isFor({ match }: ConfigPatch, version: string): boolean {
  const { proxyVersion } = match?.proxy ?? {};
  if (proxyVersion === undefined || proxyVersion === '') return true;
  try {
    return new RegExp(proxyVersion).test(version);
  } catch {
    return false;
  }
}

function specOf({ spec }: KubernetesObject): FilterSpec {
  return (spec ?? {}) as FilterSpec;
}
