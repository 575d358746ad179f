import { type LabelSelector, matchesLabels } from '../../mesh/label-selector.ts';
import { mappingOf, mappingsOf } from '../../mesh/unknown-values.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';

type Json = Record<string, unknown>;

/** A probe of a container that a Service's port may lead to. */
export interface PortProbe {
  kind: 'readiness' | 'liveness' | 'startup';
  /** Number of the container's port. */
  port: number;
  how: 'http' | 'grpc' | 'tcp';
  /** Of HTTP without TLS. */
  path?: string;
}

/** A workload of the team's manifests. */
export interface TeamWorkload {
  object: KubernetesObject;
  /** As a person reads it: `Deployment shop/storefront`. */
  title: string;
  namespace: string;
  /** Of its pods. */
  labels: Record<string, string>;
  /** The containers' ports by name. */
  ports: Map<string, number>;
  probes: PortProbe[];
  /** It is scaled to none. */
  isEmpty: boolean;
}

/** Kinds whose pods stay. */
const lasting: ReadonlySet<string> = new Set([
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'ReplicaSet',
  'Rollout',
  'Pod',
]);

/** Kinds whose pods end by themselves. */
const ending: ReadonlySet<string> = new Set(['Job', 'CronJob']);

export function namespaceOf({ metadata }: KubernetesObject): string {
  return metadata.namespace ?? 'default';
}

/** The workloads of the manifests whose pods stay. */
export function teamWorkloads(objects: readonly KubernetesObject[]): TeamWorkload[] {
  return objects.filter(({ kind }) => lasting.has(kind)).map(teamWorkload);
}

/** Jobs and their like, as a person reads them. */
export function endingWorkloads(objects: readonly KubernetesObject[]): string[] {
  return objects.filter(({ kind }) => ending.has(kind)).map((object) => formatObjectId(objectId(object)));
}

function teamWorkload(object: KubernetesObject): TeamWorkload {
  const spec = mappingOf(object.spec);
  const template = object.kind === 'Pod' ? (object as Json) : mappingOf(spec.template);
  const pod = mappingOf(template.spec);
  const containers = [...mappingsOf(pod.initContainers).filter(isSidecar), ...mappingsOf(pod.containers)];
  const ports = new Map(
    containers
      .flatMap(({ ports }) => mappingsOf(ports))
      .map(({ name, containerPort }): [string, number] => [String(name ?? containerPort), Number(containerPort)]),
  );
  return {
    object,
    title: formatObjectId(objectId(object)),
    namespace: namespaceOf(object),
    labels: mappingOf(mappingOf(template.metadata).labels) as Record<string, string>,
    ports,
    probes: containers.flatMap((container) => probesOf(container, ports)),
    isEmpty: spec.replicas === 0,
  };
}

function isSidecar({ restartPolicy }: Json): boolean {
  return restartPolicy === 'Always';
}

function probesOf(container: Json, ports: ReadonlyMap<string, number>): PortProbe[] {
  return (['readiness', 'liveness', 'startup'] as const).flatMap((kind): PortProbe[] => {
    const { httpGet, grpc, tcpSocket } = mappingOf(container[`${kind}Probe`]);
    const at = (probe: unknown) => portNumber(mappingOf(probe).port, ports);
    const { path = '/', scheme = 'HTTP' } = mappingOf(httpGet);
    const [http, rpc, tcp] = [at(httpGet), at(grpc), at(tcpSocket)];
    if (http !== undefined) {
      return [{ kind, port: http, how: 'http', ...(scheme === 'HTTP' ? { path: pathOf(path) } : {}) }];
    }
    if (rpc !== undefined) return [{ kind, port: rpc, how: 'grpc' }];
    return tcp === undefined ? [] : [{ kind, port: tcp, how: 'tcp' }];
  });
}

function pathOf(path: unknown): string {
  const text = String(path);
  return text.startsWith('/') ? text : `/${text}`;
}

/** The number of a port that is given by name or number; undefined where there is none of that name. */
export function portNumber(port: unknown, ports: ReadonlyMap<string, number>): number | undefined {
  if (typeof port === 'number') return port;
  if (typeof port !== 'string') return undefined;
  return /^\d+$/.test(port) ? Number(port) : ports.get(port);
}

/** The workloads whose pods a Service's selector selects. */
export function selectedBy(service: KubernetesObject, workloads: readonly TeamWorkload[]): TeamWorkload[] {
  const selector: LabelSelector = {
    matchLabels: mappingOf(mappingOf(service.spec).selector) as Record<string, string>,
  };
  const namespace = namespaceOf(service);
  return workloads.filter((each) => each.namespace === namespace && matchesLabels(selector, each.labels));
}
