import type { Finding } from './finding.ts';
import { isMapping } from './merge-deep.ts';
import type { MeshFile } from './mesh-schema.ts';
import type { Path } from './positions.ts';

/** What the mesh file says in one place of its own, so that no value may say it again. */
const reserved: readonly [value: string, place: string][] = [
  ['revision', 'istio.revision'],
  ['defaultRevision', 'istio.revision'],
  ['revisionTags', 'groups[].tag'],
  ['profile', 'istio.profile'],
  ['compatibilityVersion', 'istio.compatibilityVersion'],
  ['hub', 'istio.hub'],
  ['tag', 'istio.version'],
  ['global.hub', 'istio.hub'],
  ['global.tag', 'istio.version'],
  ['global.istioNamespace', 'namespaces.controlPlane'],
  ['global.meshID', 'controlPlane.meshID'],
  ['global.network', 'controlPlane.network'],
  ['global.multiCluster.clusterName', 'controlPlane.clusterName'],
  ['pilot.hub', 'istio.hub'],
  ['pilot.tag', 'istio.version'],
  ['meshConfig.rootNamespace', 'namespaces.root'],
  ['meshConfig.trustDomain', 'controlPlane.trustDomain'],
];

/** Values for the charts that would say something else than the rest of the file. */
export function checkValues({ environments, istio }: MeshFile): Finding[] {
  return [
    ...findReserved(istio.values, ['istio', 'values']),
    ...Object.entries(environments).flatMap(([name, { clusters, overrides }]) => [
      ...findReserved(overrides?.values, ['environments', name, 'overrides', 'values']),
      ...clusters.flatMap((cluster, index) =>
        findReserved(cluster.overrides?.values, ['environments', name, 'clusters', index, 'overrides', 'values']),
      ),
    ]),
  ];
}

function findReserved(values: Record<string, unknown> | undefined, path: Path): Finding[] {
  return reserved.flatMap(([value, place]) => {
    const steps = value.split('.');
    if (!has(values, steps)) return [];
    const message = `expected no value that the mesh file sets itself, got "${value}"; set ${place}`;
    return [{ path: [...path, ...steps], message }];
  });
}

function has(values: unknown, steps: readonly string[]): boolean {
  let current = values;
  for (const step of steps) {
    if (!isMapping(current)) return false;
    current = current[step];
  }
  return current !== undefined;
}
