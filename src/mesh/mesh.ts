import type { ControlPlane } from './control-plane-schema.ts';
import { durationSeconds } from './duration.ts';
import type { Environment } from './environment.ts';
import type { FieldOwner } from './field-owner-schema.ts';
import type { GatewayFile, GatewayPort } from './gateway-schema.ts';
import type { HealthPolicy } from './health-policy.ts';
import type { ConfigDirectory, Group, MeshFile, Overrides } from './mesh-schema.ts';
import type { MetricQuery, ProbePolicy } from './probe-policy.ts';
import { type ProbeFile, probeSchema } from './probe-schema.ts';
import type { UpgradePolicy } from './upgrade-policy.ts';

export type GatewayClass = GatewayFile['class'];

/** A gateway with everything that its class decides. */
export interface Gateway extends Omit<GatewayFile, 'namespace' | 'ports' | 'service'> {
  namespace: string;
  ports: GatewayPort[];
  service: { type: 'LoadBalancer' | 'NodePort' | 'ClusterIP'; annotations: Record<string, string> };
}

/** What is to run where: the mesh file with everything that it leaves to defaults. */
export interface Mesh {
  name: string;
  istio: Omit<MeshFile['istio'], 'revision'> & { revision: string };
  namespaces: MeshFile['namespaces'];
  controlPlane: ControlPlane;
  gateways: Gateway[];
  /** In the order in which they move to a new revision. */
  groups: Group[];
  gatewayApi?: MeshFile['gatewayApi'];
  upgrade: MeshFile['upgrade'];
  probe?: MeshFile['probe'];
  health: MeshFile['health'];
  config: ConfigDirectory[];
  /** Fields of rendered objects that others write. */
  fields: FieldOwner[];
  /** An environment comes after those that it is `after`. */
  environments: Environment[];
  /** What each cluster has otherwise, by its name: those of its environment first, then its own. */
  overrides: Record<string, Overrides[]>;
}

/** The tag that namespaces labelled `istio-injection: enabled` and unlabelled Gateways follow. */
export const defaultTag = 'default';

/** Every tag that the mesh has, each once. */
export function revisionTags(mesh: Mesh): string[] {
  const { groups, gatewayApi } = mesh;
  return [...new Set([...groups.map(({ tag }) => tag), ...(gatewayApi ? [gatewayApi.tag] : []), defaultTag])];
}

/** Every cluster of every environment, in order. */
export function clusterNames(mesh: Mesh): string[] {
  return mesh.environments.flatMap(({ clusters }) => clusters.map(({ name }) => name));
}

/** The namespaces that the mesh itself lives in. */
export function meshNamespaces(mesh: Mesh): string[] {
  const { root, controlPlane } = mesh.namespaces;
  return [...new Set([controlPlane, root, ...mesh.gateways.map(({ namespace }) => namespace)])];
}

/** What an upgrade of the mesh goes by. */
export function upgradePolicy({ groups, gatewayApi, upgrade }: Mesh): UpgradePolicy {
  return {
    groups: groups.map(({ name, namespaces, tag, label, batch, soak }) => ({
      name,
      namespaces: namespaces.names,
      tag,
      label,
      batch,
      soak: durationSeconds(soak),
    })),
    ...(gatewayApi ? { gatewayApiTag: gatewayApi.tag } : {}),
    soak: durationSeconds(upgrade.soak),
    acknowledgeNotes: upgrade.acknowledgeNotes,
    waivers: upgrade.waivers.map(({ check, object, reason }) =>
      object === undefined ? { check, reason } : { check, object, reason },
    ),
  };
}

/** What a look at the mesh's health goes by. */
export function healthPolicy({ health }: Mesh): HealthPolicy {
  return { settle: durationSeconds(health.settle) };
}

/** What the probe goes by; undefined where the mesh has none. */
export function probePolicy({ probe }: Mesh): ProbePolicy | undefined {
  return probe && policyOf(probe);
}

/** What a probe of targets that stand in no mesh file goes by. */
export function defaultProbePolicy(): ProbePolicy {
  return policyOf({ ...probeSchema.omit({ targets: true }).parse({}), targets: [] });
}

function policyOf({ targets, thresholds, load, baseline, settle, checks, prometheus }: ProbeFile): ProbePolicy {
  const { p99, slowdown, ...counted } = thresholds;
  const { namespace, ...pod } = load;
  return {
    targets,
    thresholds: {
      ...counted,
      ...(p99 === undefined ? {} : { p99: durationSeconds(p99) * 1000 }),
      ...(slowdown === undefined ? {} : { slowdown }),
    },
    load: namespace === undefined ? pod : { ...pod, namespace },
    baseline: durationSeconds(baseline),
    settle: durationSeconds(settle),
    checks,
    ...(prometheus ? { prometheus: { url: prometheus.url, queries: prometheus.queries.map(metricQuery) } } : {}),
  };
}

function metricQuery({ name, query, min, max }: NonNullable<ProbeFile['prometheus']>['queries'][number]): MetricQuery {
  return { name, query, ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) };
}
