import type { BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import type { ProbePolicy } from '../mesh/probe-policy.ts';
import type { KubernetesObject, ObjectId } from '../ports/objects.ts';

/** What the rights in one cluster follow from. */
export interface AccessFacts {
  /** Namespace of the control plane. */
  controlPlane: string;
  /** Of every bundle that the rights are for: the one that comes, and the one that runs. */
  objects: readonly KubernetesObject[];
  /** What was promoted before, as far as it is known by name only. */
  before: readonly ObjectId[];
  /** Names of the namespaces whose workloads an upgrade moves; `every` where any may come to carry a group's tag. */
  groups: readonly string[] | 'every';
  /** Most waves that an environment of the cluster has. */
  waves: number;
  probe?: ProbePolicy;
}

/** One cluster's part of a bundle, with what the bundle decides beside its objects. */
export interface AccessBundle {
  manifest: Pick<BundleManifest, 'namespaces' | 'upgrade' | 'probe' | 'environments'>;
  bundle: ClusterBundle;
}

/** The facts of bundles, the one that comes first; `everyNamespace`: whichever may come to carry a group's tag. */
export function accessFacts(
  [first, ...others]: readonly [AccessBundle, ...AccessBundle[]],
  { everyNamespace = false }: { everyNamespace?: boolean } = {},
): AccessFacts {
  const all = [first, ...others];
  const { namespaces, probe } = first.manifest;
  return {
    controlPlane: namespaces.controlPlane,
    objects: all.flatMap(({ bundle }) => bundle.stages.flatMap(({ objects }) => objects)),
    before: [],
    groups: everyNamespace ? 'every' : [...new Set(all.flatMap(groupsOf))],
    waves: Math.max(...all.map(wavesOf)),
    ...(probe ? { probe } : {}),
  };
}

function wavesOf({ manifest, bundle }: AccessBundle): number {
  const home = manifest.environments.find(({ clusters }) => clusters.some(({ name }) => name === bundle.cluster));
  return home?.waves.length ?? 0;
}

function groupsOf({ manifest }: AccessBundle): string[] {
  return manifest.upgrade.groups.flatMap((group) => group.namespaces);
}
