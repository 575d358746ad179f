import { proxyRevision } from '../upgrade/workloads/proxy-pod.ts';
import type {
  ApiFault,
  apiVerbs,
  Fault,
  IstiodFault,
  PodFault,
  ProxyFault,
  proxyTypes,
  WebhookFault,
} from './fault.ts';
import { isIstiod } from './istiod-workload.ts';
import type { Pod } from './pod.ts';
import type { Proxy } from './proxy-node.ts';
import type { Service } from './service-route.ts';

/** One request to the API server, in the words of Kubernetes. */
export interface ApiCall {
  verb: (typeof apiVerbs)[number];
  /** Empty for what is about no resource: discovery, health, the version. */
  resource: string;
  namespace: string;
  name: string;
}

/** The first fault that a connection to the webhooks of this Service meets. */
export function webhookFaultOf(faults: readonly Fault[], service: Service): WebhookFault | undefined {
  const { namespace = '', name } = service.metadata;
  return faults.find(
    (fault): fault is WebhookFault =>
      fault.kind === 'webhook' &&
      matches(fault.service, `${namespace}/${name}`) &&
      (fault.revision === undefined || service.spec?.selector?.['istio.io/rev'] === fault.revision),
  );
}

/** Whether a fault hits a call; how often it may still do so is for its keeper to know. */
export function hitsCall(fault: ApiFault, call: ApiCall): boolean {
  return (
    (fault.failure !== 'dropped-watch' || call.verb === 'watch') &&
    (fault.verbs === undefined || fault.verbs.includes(call.verb)) &&
    matches(fault.resource, call.resource) &&
    matches(fault.namespace, call.namespace) &&
    matches(fault.name, call.name)
  );
}

export function istiodFaultOf(faults: readonly Fault[], revision: string): IstiodFault | undefined {
  return faults.find((fault): fault is IstiodFault => fault.kind === 'istiod' && fault.revision === revision);
}

export function proxyFaultOf(faults: readonly Fault[], { node, revision }: Proxy): ProxyFault | undefined {
  const { NAMESPACE: namespace, NAME: name } = node.metadata;
  return faults.find(
    (fault): fault is ProxyFault =>
      fault.kind === 'proxy' && concerns(fault, { namespace: String(namespace), name: String(name), revision }),
  );
}

export function podFaultOf(faults: readonly Fault[], pod: Pod): PodFault | undefined {
  if (isIstiod(pod)) return undefined;
  const { namespace = 'default', name } = pod.metadata;
  return faults.find(
    (fault): fault is PodFault =>
      fault.kind === 'pod' && concerns(fault, { namespace, name, revision: proxyRevision(pod) ?? '' }),
  );
}

/** Names of the nodes that are gone. */
export function goneNodes(faults: readonly Fault[]): Set<string> {
  return new Set(faults.flatMap((fault) => (fault.kind === 'node' ? [fault.name] : [])));
}

/** How a proxy answers a response of this type. */
export function proxyAnswer(
  fault: ProxyFault | undefined,
  type: (typeof proxyTypes)[number],
): 'acknowledge' | 'reject' | 'keep silent' {
  if (fault === undefined || (fault.types !== undefined && !fault.types.includes(type))) return 'acknowledge';
  return fault.failure === 'rejects' ? 'reject' : 'keep silent';
}

/** What a request asks for, from its method and its path with query. */
export function apiCallOf(method: string, url: string): ApiCall {
  const { pathname, searchParams } = new URL(url, 'https://api');
  const [root, ...rest] = pathname.split('/').filter((part) => part !== '');
  const parts = root === 'api' ? rest.slice(1) : root === 'apis' ? rest.slice(2) : [];
  const isNamespaced =
    parts[0] === 'namespaces' && parts.length > 2 && !['status', 'finalize'].includes(parts[2] ?? '');
  const [resource = '', name = '', ...subresource] = isNamespaced ? parts.slice(2) : parts;
  return {
    verb: verbOf(method, name === '', searchParams.get('watch')),
    resource: [resource, ...subresource].join('/'),
    namespace: isNamespaced ? (parts[1] ?? '') : '',
    name,
  };
}

function verbOf(method: string, isCollection: boolean, watch: string | null): ApiCall['verb'] {
  if (watch === 'true' || watch === '1') return 'watch';
  const verbs: Record<string, ApiCall['verb']> = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' };
  return verbs[method] ?? (isCollection ? 'list' : 'get');
}

function concerns(
  fault: { namespace?: string | undefined; name?: string | undefined; revision?: string | undefined },
  pod: { namespace: string; name: string; revision: string },
): boolean {
  return (
    (fault.namespace === undefined || fault.namespace === pod.namespace) &&
    (fault.name === undefined || pod.name.startsWith(fault.name)) &&
    (fault.revision === undefined || fault.revision === pod.revision)
  );
}

/** Whether a text is what a pattern says, in which `*` stands for anything; no pattern asks for nothing. */
function matches(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  const parts = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}
