import { findRepeated } from './find-repeated.ts';
import { type Finding, show } from './finding.ts';
import type { MeshFile } from './mesh-schema.ts';
import { didYouMean } from './nearest.ts';
import type { Path } from './positions.ts';

/** Everything that is not right between the environments of a mesh file and its other parts. */
export function checkEnvironments(file: MeshFile): Finding[] {
  const clusters = Object.entries(file.environments).flatMap(([environment, { clusters }]) =>
    clusters.map((cluster, index) => ({ ...cluster, path: ['environments', environment, 'clusters', index] })),
  );
  return [
    ...findRepeated(
      clusters.map(({ name, path }) => ({ name, path: [...path, 'name'] })),
      'a cluster in one environment only',
    ),
    ...findRepeated(
      clusters.map(({ name, context, path }) => ({
        name: context ?? name,
        path: [...path, context ? 'context' : 'name'],
      })),
      'a context for each cluster',
    ),
    ...checkOrder(file),
    ...Object.keys(file.environments).flatMap((name) => checkWaves(file, name)),
    ...checkOverrides(file),
    ...checkNetworks(file),
  ];
}

function checkOrder({ environments }: MeshFile): Finding[] {
  const names = Object.keys(environments);
  const unknown = Object.entries(environments).flatMap(([name, { after }]) =>
    after.flatMap((previous, index) => {
      if (names.includes(previous)) return [];
      const message = `expected an environment, got ${show(previous)}; ${didYouMean(previous, names)}`;
      return [{ path: ['environments', name, 'after', index], message }];
    }),
  );
  const cycle = findCycle(environments);
  if (cycle === undefined) return unknown;
  const message = `expected an order, got the cycle ${cycle.join(' → ')}; take one of them out of after`;
  return [...unknown, { path: ['environments', cycle[0] ?? '', 'after'], message }];
}

function findCycle(environments: MeshFile['environments']): string[] | undefined {
  const done = new Set<string>();
  const follow = (name: string, trail: readonly string[]): string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name)) return undefined;
    for (const previous of environments[name]?.after ?? []) {
      const cycle = follow(previous, [...trail, name]);
      if (cycle !== undefined) return cycle;
    }
    done.add(name);
    return undefined;
  };
  for (const name of Object.keys(environments)) {
    const cycle = follow(name, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function checkWaves({ environments }: MeshFile, name: string): Finding[] {
  const environment = environments[name];
  if (environment?.waves === undefined) return [];
  const clusters = environment.clusters.map((cluster) => cluster.name);
  const path: Path = ['environments', name, 'waves'];
  const members = environment.waves.flatMap((wave, index) =>
    wave.map((cluster, position) => ({ name: cluster, path: [...path, index, position] })),
  );
  const missing = clusters.filter((cluster) => !members.some((member) => member.name === cluster));
  return [
    ...findRepeated(members, 'a cluster in one wave only'),
    ...members.flatMap((member) => {
      if (clusters.includes(member.name)) return [];
      const message = `expected a cluster of the environment, got ${show(member.name)}; ${didYouMean(member.name, clusters)}`;
      return [{ path: member.path, message }];
    }),
    ...missing.map((cluster) => ({
      path,
      message: `expected every cluster in a wave, got none with "${cluster}"; add it`,
    })),
  ];
}

function checkOverrides({ environments, gateways }: MeshFile): Finding[] {
  const known = gateways.map(({ name }) => name);
  return Object.entries(environments).flatMap(([name, environment]) =>
    [
      { overrides: environment.overrides, path: ['environments', name, 'overrides'] },
      ...environment.clusters.map(({ overrides }, index) => ({
        overrides,
        path: ['environments', name, 'clusters', index, 'overrides'],
      })),
    ].flatMap(({ overrides, path }) =>
      Object.keys(overrides?.gateways ?? {}).flatMap((gateway) => {
        if (known.includes(gateway)) return [];
        const message = `expected the name of a gateway, got ${show(gateway)}; ${didYouMean(gateway, known)}`;
        return [{ path: [...path, 'gateways', gateway], message }];
      }),
    ),
  );
}

/** An east-west gateway serves a network: every cluster must be in one. */
function checkNetworks({ controlPlane, environments, gateways }: MeshFile): Finding[] {
  const index = gateways.findIndex((gateway) => gateway.class === 'eastwest');
  if (index < 0 || controlPlane.network !== undefined) return [];
  return Object.values(environments).flatMap((environment) =>
    environment.clusters.flatMap((cluster) => {
      const overrides = [environment.overrides, cluster.overrides];
      if (overrides.some((override) => override?.controlPlane?.network !== undefined)) return [];
      const message = `expected a network for every cluster behind an east-west gateway, got none for "${cluster.name}"; set controlPlane.network`;
      return [{ path: ['gateways', index, 'class'], message }];
    }),
  );
}
