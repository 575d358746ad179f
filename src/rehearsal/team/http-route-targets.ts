import { mappingOf, mappingsOf } from '../../mesh/unknown-values.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { workloadsBehind } from './route-backend.ts';
import { type Candidate, notAsked } from './team-target.ts';
import { namespaceOf } from './team-workload.ts';
import type { RouteSurroundings } from './virtual-service-targets.ts';

type Json = Record<string, unknown>;

const group = 'gateway.networking.k8s.io/';

/** What can be asked through Gateways of the Gateway API by HTTPRoutes. */
export function httpRouteCandidates(around: RouteSurroundings): Candidate[] {
  return around.applied
    .filter(({ apiVersion, kind }) => apiVersion.startsWith(group) && kind.endsWith('Route'))
    .flatMap((route) => {
      const title = formatObjectId(objectId(route));
      if (route.kind !== 'HTTPRoute') return [notAsked(title, 'of the Gateway API, only HTTPRoutes are asked')];
      return candidatesOf(route, title, around);
    });
}

function candidatesOf(route: KubernetesObject, title: string, around: RouteSurroundings): Candidate[] {
  const { parentRefs, hostnames, rules } = mappingOf(route.spec);
  const parents = mappingsOf(parentRefs).filter(({ kind = 'Gateway' }) => kind === 'Gateway');
  // Of a Service it decides how that is asked within the mesh.
  if (parents.length === 0) return [];
  const entries = parents.map((parent) => entryBy(parent, route, { hostnames, around }));
  const entry = entries.find((each) => typeof each !== 'string');
  if (entry === undefined || typeof entry === 'string') return [notAsked(title, entries.join('; '))];
  return mappingsOf(rules).map((rule, index) => {
    const what = `${title}, rule ${rule.name ?? index + 1}${entry.host === undefined ? '' : ` of ${entry.host}`}`;
    return ruleCandidate(rule, { what, entry, route, around });
  });
}

interface Entry {
  url: string;
  host?: string;
}

interface RulePlace {
  what: string;
  entry: Entry;
  route: KubernetesObject;
  around: RouteSurroundings;
}

function ruleCandidate(rule: Json, { what, entry, route, around }: RulePlace): Candidate {
  if (mappingsOf(rule.filters).some(({ type }) => type === 'RequestRedirect')) {
    return notAsked(what, 'the gateway answers it itself, with a redirect');
  }
  const matches = Array.isArray(rule.matches) && rule.matches.length > 0 ? mappingsOf(rule.matches) : [{}];
  const plain = matches.find((match) => conditionsOf(match).length === 0);
  if (plain === undefined) {
    return notAsked(what, `its match asks for more than a path: ${conditionsOf(matches[0] ?? {}).join(', ')}`);
  }
  const path = String(mappingOf(plain.path).value ?? '/');
  const hosts = mappingsOf(rule.backendRefs)
    .filter(({ kind = 'Service' }) => kind === 'Service')
    .map(({ name, namespace = namespaceOf(route) }) => `${name}.${namespace}.svc.cluster.local`);
  const behind = hosts.flatMap((host) => workloadsBehind(host, namespaceOf(route), around));
  if (behind.length === 0) {
    return notAsked(what, `no workload of the manifests is behind ${hosts.join(', ') || 'it'}`);
  }
  return {
    kind: 'target',
    wish: `${entry.host ?? route.metadata.name}${path}`,
    what: `${what}, path ${path}`,
    question: { by: 'gateway', url: `${entry.url}${path}`, ...(entry.host === undefined ? {} : { host: entry.host }) },
    workloads: [...new Set(behind.map(({ title }) => title))],
  };
}

/** What a match asks for beyond a path that can be asked for. */
function conditionsOf(match: Json): string[] {
  const { path, method, ...more } = match;
  const isPattern = mappingOf(path).type === 'RegularExpression';
  return [
    ...(isPattern ? ['a regular expression'] : []),
    ...(method === undefined || method === 'GET' ? [] : [`method ${method}`]),
    ...Object.keys(more).filter((field) => field !== 'name'),
  ];
}

/** The way in by one parent, or why there is none. */
function entryBy(
  parent: Json,
  route: KubernetesObject,
  { hostnames, around }: { hostnames: unknown; around: RouteSurroundings },
): Entry | string {
  const { name, namespace = namespaceOf(route), sectionName, port } = parent;
  const gateway = around.applied.find(
    (each) =>
      each.kind === 'Gateway' &&
      each.apiVersion.startsWith(group) &&
      each.metadata.name === name &&
      namespaceOf(each) === namespace,
  );
  if (gateway === undefined) return `there is no Gateway ${namespace}/${name}`;
  const title = formatObjectId(objectId(gateway));
  const { gatewayClassName, listeners, addresses } = mappingOf(gateway.spec);
  const listener = mappingsOf(listeners).find(
    (each) =>
      each.protocol === 'HTTP' &&
      (sectionName === undefined || each.name === sectionName) &&
      (port === undefined || each.port === port),
  );
  if (listener === undefined) return `${title} has no listener of plain HTTP for it`;
  const hosts = [...(Array.isArray(hostnames) ? hostnames.map(String) : []), ...namesOf(listener.hostname)];
  const host = hosts.find((each) => !each.includes('*'));
  if (host === undefined && hosts.length > 0) return `its host is a wildcard: ${hosts.join(', ')}`;
  const given = mappingsOf(addresses).find(({ type }) => type === 'Hostname')?.value;
  // Istio makes a Service of this name for a Gateway that names no address.
  const address = given ?? `${name}-${gatewayClassName}.${namespace}.svc.cluster.local`;
  return { url: `http://${address}:${listener.port}`, ...(host === undefined ? {} : { host }) };
}

function namesOf(value: unknown): string[] {
  return typeof value === 'string' ? [value] : [];
}
