import { mappingOf, mappingsOf } from '../../mesh/unknown-values.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { type Candidate, notAsked, type Question } from './team-target.ts';
import { namespaceOf, type PortProbe, portNumber, selectedBy, type TeamWorkload } from './team-workload.ts';

/** What can be asked of the team's Services: each port in its protocol. */
export function serviceCandidates(
  objects: readonly KubernetesObject[],
  workloads: readonly TeamWorkload[],
): Candidate[] {
  return objects
    .filter(({ kind, apiVersion }) => kind === 'Service' && apiVersion === 'v1')
    .flatMap((service) => candidatesOf(service, workloads));
}

function candidatesOf(service: KubernetesObject, workloads: readonly TeamWorkload[]): Candidate[] {
  const title = formatObjectId(objectId(service));
  const { type, selector, ports } = mappingOf(service.spec);
  if (type === 'ExternalName') return [notAsked(title, 'it leads to a name outside the cluster')];
  if (Object.keys(mappingOf(selector)).length === 0) {
    return [notAsked(title, 'it has no selector, so no workload of the manifests is behind it')];
  }
  const behind = selectedBy(service, workloads);
  const running = behind.filter(({ isEmpty }) => !isEmpty);
  if (behind.length === 0) return [notAsked(title, 'no workload of the manifests has the labels that it selects')];
  if (running.length === 0) return [notAsked(title, `${titles(behind)} has no replicas`)];
  return mappingsOf(ports).map((port) => portCandidate(service, port, running));
}

function portCandidate(
  service: KubernetesObject,
  port: Record<string, unknown>,
  workloads: readonly TeamWorkload[],
): Candidate {
  const { name } = service.metadata;
  const namespace = namespaceOf(service);
  const label = String(port.name ?? port.port);
  const what = `${formatObjectId(objectId(service))} port ${label}`;
  if (port.protocol === 'UDP' || port.protocol === 'SCTP') return notAsked(what, `its protocol is ${port.protocol}`);
  const probes = workloads.flatMap((workload) => probesAt(port, workload));
  const host = `${name}.${namespace}.svc.cluster.local:${port.port}`;
  return {
    kind: 'target',
    wish: `${namespace}-${name}-${label}`,
    what,
    question: questionTo(host, protocolOf(port, probes), probes),
    workloads: workloads.map(({ title }) => title),
  };
}

/** The probes of the container port that a Service's port leads to; what must be ready comes first. */
function probesAt({ port, targetPort = port }: Record<string, unknown>, workload: TeamWorkload): PortProbe[] {
  const number = portNumber(targetPort, workload.ports);
  return workload.probes
    .filter((probe) => probe.port === number)
    .toSorted((left, right) => order.indexOf(left.kind) - order.indexOf(right.kind));
}

const order: PortProbe['kind'][] = ['readiness', 'liveness', 'startup'];

type Protocol = 'http1' | 'grpc' | 'tcp';

function questionTo(host: string, protocol: Protocol, probes: readonly PortProbe[]): Question {
  if (protocol !== 'http1') return { by: 'front', kind: protocol, address: host, isReadiness: false };
  const probe = probes.find(({ path }) => path !== undefined);
  return {
    by: 'front',
    kind: 'http1',
    address: `http://${host}${probe?.path ?? '/'}`,
    isReadiness: probe?.kind === 'readiness',
  };
}

/**
 * What Istio takes a port for (https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/);
 * where that is left to the traffic, what its probes speak, and what its number is used for.
 */
function protocolOf({ name, appProtocol, port }: Record<string, unknown>, probes: readonly PortProbe[]): Protocol {
  const declared = protocolNamed(appProtocol) ?? protocolNamed(String(name ?? '').split('-')[0]);
  if (declared !== undefined) return String(name ?? '').startsWith('grpc-web') ? 'http1' : declared;
  if (probes.some(({ path }) => path !== undefined)) return 'http1';
  if (probes.some(({ how }) => how === 'grpc')) return 'grpc';
  if (probes.some(({ how }) => how === 'http')) return 'tcp';
  return port === 80 || port === 8080 ? 'http1' : 'tcp';
}

function protocolNamed(text: unknown): Protocol | undefined {
  return typeof text === 'string' ? protocols.get(text.toLowerCase()) : undefined;
}

/** Names of protocols as ports and `appProtocol` have them; what is inside TLS is only connected to. */
const protocols = new Map<string, Protocol>([
  ...['http', 'http2', 'grpc-web', 'kubernetes.io/h2c', 'kubernetes.io/ws'].map((name): [string, Protocol] => [
    name,
    'http1',
  ]),
  ['grpc', 'grpc'],
  ...['tcp', 'tls', 'https', 'mongo', 'mysql', 'redis', 'kubernetes.io/wss'].map((name): [string, Protocol] => [
    name,
    'tcp',
  ]),
]);

function titles(workloads: readonly TeamWorkload[]): string {
  return workloads.map(({ title }) => title).join(', ');
}
