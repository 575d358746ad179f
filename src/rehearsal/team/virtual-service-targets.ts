import type { BundleManifest } from '../../bundle/bundle.ts';
import { mappingOf, mappingsOf, textsOf } from '../../mesh/unknown-values.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { type Backends, workloadsBehind } from './route-backend.ts';
import { type Candidate, notAsked } from './team-target.ts';
import { namespaceOf } from './team-workload.ts';

type Json = Record<string, unknown>;

/** What a VirtualService's route is looked up in. */
export interface RouteSurroundings extends Backends {
  /** Everything that is applied, with the team's Gateways among it. */
  applied: readonly KubernetesObject[];
  /** The mesh's own gateways. */
  gateways: BundleManifest['gateways'];
}

/** The first way in to a host: a port of a gateway that takes plain HTTP for it. */
interface Entry {
  url: string;
}

/** What can be asked through the mesh's gateways by the routes of VirtualServices. */
export function virtualServiceCandidates(around: RouteSurroundings): Candidate[] {
  return around.applied
    .filter(({ kind, apiVersion }) => kind === 'VirtualService' && apiVersion.startsWith('networking.istio.io/'))
    .flatMap((object) => candidatesOf(object, around));
}

function candidatesOf(object: KubernetesObject, around: RouteSurroundings): Candidate[] {
  const title = formatObjectId(objectId(object));
  const spec = mappingOf(object.spec);
  const gateways = textsOf(spec.gateways).filter((name) => name !== 'mesh');
  // Within the mesh it decides how a Service is asked, which is asked anyway.
  if (gateways.length === 0) return [];
  const [host, ...more] = textsOf(spec.hosts);
  if (host === undefined) return [notAsked(title, 'it is delegated to by another, whose host it serves')];
  const others = more.map((each) => notAsked(`${title}, host ${each}`, `its routes are asked as ${host}`));
  if (host.includes('*')) return [notAsked(`${title}, host ${host}`, 'its host is a wildcard'), ...others];
  const entry = entryTo(host, gateways, { object, around });
  if (typeof entry === 'string') return [notAsked(`${title}, host ${host}`, entry), ...others];
  const http = mappingsOf(spec.http);
  const opaque = (['tls', 'tcp'] as const).flatMap((kind) =>
    mappingsOf(spec[kind]).length === 0
      ? []
      : [notAsked(`${title}, ${kind} routes`, 'no request of HTTP goes through them')],
  );
  const taken: Path[] = [];
  const routes = http.map((route, index) => {
    const what = `${title}, route ${route.name ?? index + 1} of ${host}`;
    const candidate = routeCandidate(route, { what, host, entry, taken, object, around });
    taken.push(...pathsOf(route).filter(({ isPlain }) => isPlain));
    return candidate;
  });
  return [...routes, ...opaque, ...others];
}

interface RoutePlace {
  what: string;
  host: string;
  entry: Entry;
  /** Paths that routes before it take. */
  taken: readonly Path[];
  object: KubernetesObject;
  around: RouteSurroundings;
}

function routeCandidate(route: Json, { what, host, entry, taken, object, around }: RoutePlace): Candidate {
  for (const [field, why] of answeredByItself) if (route[field] !== undefined) return notAsked(what, why);
  const paths = pathsOf(route);
  const path = paths.find(({ isPlain }) => isPlain);
  if (path === undefined) return notAsked(what, paths[0]?.why ?? 'it has no match');
  if (taken.some((before) => covers(before, path.text))) return notAsked(what, 'a route before it takes its path');
  const hosts = mappingsOf(route.route).map(({ destination }) => String(mappingOf(destination).host ?? ''));
  const behind = hosts.flatMap((each) => workloadsBehind(each, namespaceOf(object), around));
  if (behind.length === 0) {
    return notAsked(what, `no workload of the manifests is behind ${hosts.join(', ') || 'it'}`);
  }
  return {
    kind: 'target',
    wish: `${host}${path.text}`,
    what: `${what}, path ${path.text}`,
    question: { by: 'gateway', url: `${entry.url}${path.text}`, host },
    workloads: [...new Set(behind.map(({ title }) => title))],
  };
}

const answeredByItself = [
  ['redirect', 'the gateway answers it itself, with a redirect'],
  ['directResponse', 'the gateway answers it itself'],
  ['delegate', 'it delegates to another VirtualService'],
] as const;

interface Path {
  text: string;
  isPrefix: boolean;
  /** A plain GET meets it by its path alone. */
  isPlain: boolean;
  /** Of one that it does not meet. */
  why: string;
}

/** The paths of a route's matches; every path where it has none. */
function pathsOf(route: Json): Path[] {
  const matches = mappingsOf(route.match);
  return matches.length === 0 ? [{ text: '/', isPrefix: true, isPlain: true, why: '' }] : matches.map(pathOf);
}

function pathOf(match: Json): Path {
  const uri = mappingOf(match.uri);
  const { prefix, exact, regex } = uri;
  const text = String(exact ?? prefix ?? '/');
  const asked = Object.keys(match).filter((field) => !harmless.has(field) && !isGet(field, match[field]));
  const why =
    regex === undefined
      ? `its match asks for more than a path: ${asked.join(', ')}`
      : 'its match is a regular expression';
  return { text, isPrefix: exact === undefined, isPlain: regex === undefined && asked.length === 0, why };
}

/** Conditions that a plain request through the gateway meets. */
const harmless: ReadonlySet<string> = new Set(['name', 'uri', 'ignoreUriCase', 'gateways', 'statPrefix']);

function isGet(field: string, value: unknown): boolean {
  return field === 'method' && mappingOf(value).exact === 'GET';
}

function covers({ text, isPrefix }: Path, path: string): boolean {
  return isPrefix ? path.startsWith(text) : path === text;
}

/** Where a host is served in plain HTTP, or why it is not. */
function entryTo(
  host: string,
  names: readonly string[],
  { object, around }: { object: KubernetesObject; around: RouteSurroundings },
): Entry | string {
  const reasons: string[] = [];
  for (const reference of names) {
    const [namespace, name] = reference.includes('/') ? reference.split('/') : [namespaceOf(object), reference];
    const gateway = around.applied.find(
      (each) =>
        each.kind === 'Gateway' &&
        each.apiVersion.startsWith('networking.istio.io/') &&
        each.metadata.name === name &&
        namespaceOf(each) === namespace,
    );
    const entry = gateway ? entryOf(gateway, host, around) : `there is no Gateway ${namespace}/${name}`;
    if (typeof entry !== 'string') return entry;
    reasons.push(entry);
  }
  return reasons.join('; ');
}

function entryOf(gateway: KubernetesObject, host: string, { gateways }: RouteSurroundings): Entry | string {
  const title = formatObjectId(objectId(gateway));
  const { selector, servers } = mappingOf(gateway.spec);
  const own = gateways.find(({ name }) => mappingOf(selector).istio === name);
  if (own === undefined) return `${title} selects no gateway of the mesh`;
  const serving = mappingsOf(servers).filter(({ hosts }) => textsOf(hosts).some((each) => serves(each, host)));
  if (serving.length === 0) return `${title} has no server for ${host}`;
  const plain = serving.filter(({ port }) => /^(HTTP2?|GRPC(-WEB)?)$/i.test(String(mappingOf(port).protocol)));
  const open = plain.find(({ tls }) => mappingOf(tls).httpsRedirect !== true);
  if (open === undefined) return `${title} serves it by TLS alone`;
  return { url: `http://${own.name}.${own.namespace}:${mappingOf(open.port).number}` };
}

/** Whether a server's host, as `shop.example`, `*.example`, `*` or any of them after a namespace, takes in a name. */
export function serves(pattern: string, host: string): boolean {
  const [, name = ''] = /^(?:[^/]*\/)?(.*)$/.exec(pattern) ?? [];
  return name === '*' || name === host || (name.startsWith('*.') && host.endsWith(name.slice(1)));
}
