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
  /** Names of the namespaces whose workloads an upgrade moves. */
  groups: readonly string[];
  /** Most waves that an environment of the cluster has. */
  waves: number;
  probe?: ProbePolicy;
}

/** One cluster's part of a bundle, with what the bundle decides beside its objects. */
export interface AccessBundle {
  manifest: Pick<BundleManifest, 'namespaces' | 'upgrade' | 'probe' | 'environments'>;
  bundle: ClusterBundle;
}

/** The facts of bundles, the one that comes first. */
export function accessFacts([first, ...others]: readonly [AccessBundle, ...AccessBundle[]]): AccessFacts {
  const all = [first, ...others];
  const { namespaces, probe } = first.manifest;
  return {
    controlPlane: namespaces.controlPlane,
    objects: all.flatMap(({ bundle }) => bundle.stages.flatMap(({ objects }) => objects)),
    before: [],
    groups: [...new Set(all.flatMap(({ manifest }) => manifest.upgrade.groups.flatMap((group) => group.namespaces)))],
    waves: Math.max(...all.map(wavesOf)),
    ...(probe ? { probe } : {}),
  };
}

function wavesOf({ manifest, bundle }: AccessBundle): number {
  const home = manifest.environments.find(({ clusters }) => clusters.some(({ name }) => name === bundle.cluster));
  return home?.waves.length ?? 0;
}
