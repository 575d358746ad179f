import { checkKnownValues } from './check-known-values.ts';
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
  ['global.proxy.resources', 'controlPlane.proxyResources'],
  ['pilot.hub', 'istio.hub'],
  ['pilot.tag', 'istio.version'],
  ['pilot.autoscaleEnabled', 'controlPlane.replicas'],
  ['pilot.autoscaleMin', 'controlPlane.replicas.min'],
  ['pilot.autoscaleMax', 'controlPlane.replicas.max'],
  ['pilot.replicaCount', 'controlPlane.replicas'],
  ['pilot.resources', 'controlPlane.resources'],
  ['meshConfig.accessLogFile', 'controlPlane.accessLog'],
  ['meshConfig.accessLogEncoding', 'controlPlane.accessLog'],
  ['meshConfig.discoverySelectors', 'controlPlane.discoverySelectors'],
  ['meshConfig.enableTracing', 'controlPlane.tracing'],
  ['meshConfig.outboundTrafficPolicy', 'controlPlane.outboundTrafficPolicy'],
  ['meshConfig.protocolDetectionTimeout', 'controlPlane.protocolDetectionTimeout'],
  ['meshConfig.defaultConfig.drainDuration', 'controlPlane.drainDuration'],
  ['meshConfig.defaultConfig.terminationDrainDuration', 'controlPlane.terminationDrainDuration'],
  ['meshConfig.defaultConfig.proxyMetadata.ISTIO_META_DNS_CAPTURE', 'controlPlane.dnsCapture'],
  ['meshConfig.defaultConfig.tracing.sampling', 'controlPlane.tracing.sampling'],
  ['meshConfig.rootNamespace', 'namespaces.root'],
  ['meshConfig.trustDomain', 'controlPlane.trustDomain'],
];

/** Values that are the mesh file's own in part: what else stands in the same mapping is added to them. */
const shared = ['pilot.env.DEBUG_ENDPOINT_AUTH_ALLOWED_NAMESPACES'];

/** Lists that the mesh file fills where it has `controlPlane.tracing`: a value would take the place of the whole list. */
const tracingLists = ['meshConfig.extensionProviders', 'meshConfig.defaultProviders'] as const;

/** Values of charts that are not rendered. */
const withoutEffect: readonly [value: string, remedy: string][] = [
  ['pilot.cni', 'it has no effect, for the CNI agent is not delivered; remove it'],
  ['cni', 'it has no effect, for the CNI agent is not delivered; remove it'],
  ['istio_cni', 'it has no effect, for the CNI agent is not delivered; remove it'],
  ['ztunnel', 'it has no effect, for ztunnel is not delivered; remove it'],
];

/** What the injector reads below `gateways`, for the pods of Gateways of the Gateway API. */
const readByInjector = ['securityContext', 'seccompProfile'];

const gatewayRemedy =
  'it would bring a gateway that nothing of the mesh file manages, or none; set gateways of the mesh file';

/** Values for the charts that would say something else than the rest of the file, or that Istio does not take. */
export function checkValues({ controlPlane, environments, istio }: MeshFile): Finding[] {
  const traced = controlPlane.tracing !== undefined;
  const places: { values: Record<string, unknown> | undefined; path: Path; traced: boolean }[] = [
    { values: istio.values, path: ['istio', 'values'], traced: traced || hasTracing(environments) },
    ...Object.entries(environments).flatMap(([name, { clusters, overrides }]) => {
      const here = traced || overrides?.controlPlane?.tracing !== undefined;
      return [
        { values: overrides?.values, path: ['environments', name, 'overrides', 'values'], traced: here },
        ...clusters.map((cluster, index) => ({
          values: cluster.overrides?.values,
          path: ['environments', name, 'clusters', index, 'overrides', 'values'],
          traced: here || cluster.overrides?.controlPlane?.tracing !== undefined,
        })),
      ];
    }),
  ];
  return places.flatMap(({ values = {}, path, traced }) => {
    const unfit = [...findUnfit(values, path, traced), ...findDropped(values, path)];
    const known = checkKnownValues(values, { path, version: istio.version, reserved: new Map(reserved) });
    // What has no place here has no type either.
    return [...unfit, ...known.filter((finding) => !unfit.some((other) => leadsTo(other.path, finding.path)))];
  });
}

function leadsTo(outer: Path, inner: Path): boolean {
  return outer.every((step, index) => step === inner[index]);
}

/** Mappings that hold what the mesh file sets, and are empty: they would take it away. */
function findDropped(values: Record<string, unknown>, path: Path): Finding[] {
  const own = [...reserved.map(([value]) => value), ...shared].map((value) => value.split('.'));
  const above = new Set(
    own.flatMap((steps) => steps.slice(1).map((_step, index) => steps.slice(0, index + 1).join('.'))),
  );
  return [...above].flatMap((value) => {
    const steps = value.split('.');
    if (valueAt(values, steps) !== null) return [];
    const held = own.find((each) => leadsTo(steps, each))?.join('.');
    const message = `expected a mapping, got nothing, which would take away what the mesh file sets there (${held}); remove it`;
    return [{ path: [...path, ...steps], message }];
  });
}

function hasTracing(environments: MeshFile['environments']): boolean {
  return Object.values(environments).some(({ clusters, overrides }) =>
    [overrides, ...clusters.map((cluster) => cluster.overrides)].some(
      (each) => each?.controlPlane?.tracing !== undefined,
    ),
  );
}

function findUnfit(values: Record<string, unknown>, path: Path, traced: boolean): Finding[] {
  const find = (value: string, message: string): Finding[] => {
    const steps = value.split('.');
    return valueAt(values, steps) !== undefined ? [{ path: [...path, ...steps], message }] : [];
  };
  return [
    ...reserved.flatMap(([value, place]) =>
      find(value, `expected no value that the mesh file sets itself, got "${value}"; set ${place}`),
    ),
    ...(traced ? tracingLists : []).flatMap((value) =>
      find(
        value,
        `expected no list that takes the place of the one that controlPlane.tracing fills, got "${value}"; leave controlPlane.tracing out and set all of it here, or remove it`,
      ),
    ),
    ...[...withoutEffect, ...gatewayValues(values?.gateways)].flatMap(([value, remedy]) =>
      find(value, `expected no value of a chart that is not rendered, got "${value}": ${remedy}`),
    ),
  ];
}

/** The values below `gateways` that belong to the gateways' own charts. */
function gatewayValues(gateways: unknown): [value: string, remedy: string][] {
  if (!isMapping(gateways)) return [['gateways', gatewayRemedy]];
  const names = Object.keys(gateways).filter((name) => !readByInjector.includes(name));
  return names.map((name) => [`gateways.${name}`, gatewayRemedy]);
}

function valueAt(values: unknown, steps: readonly string[]): unknown {
  let current = values;
  for (const step of steps) {
    if (!isMapping(current)) return undefined;
    current = current[step];
  }
  return current;
}
