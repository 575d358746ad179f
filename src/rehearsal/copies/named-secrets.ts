import { isMapping } from '../../mesh/merge-deep.ts';
import { mappingOf, mappingsOf, textsOf } from '../../mesh/unknown-values.ts';
import { formatObjectId, groupOf, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { gatewayPods, namespacesOf, type Pods } from './gateway-pods.ts';

/** A Secret of the environment that something names, in whose place the rehearsal puts one of its own. */
export interface StandIn {
  namespace: string;
  name: string;
  /** Hosts that its certificate is for. */
  hosts: string[];
  /** What names it: `Gateway istio-gateways/shop`. */
  for: string[];
}

/** One Secret that an object names. */
interface Named extends Pick<StandIn, 'namespace' | 'name' | 'hosts'> {
  /** Whether it also holds the authority of the other side, unless `<name>-cacert` does. */
  authority?: boolean;
}

/**
 * The certificates that gateways would wait for: Secrets that Gateways, DestinationRules, Gateways of the Gateway API
 * and Ingresses name, and that is not among the objects. They stand where the pods of the gateways are.
 */
export function namedSecrets(objects: readonly KubernetesObject[]): StandIn[] {
  const there = new Map(objects.filter(isSecret).map((secret) => [placeOf(nameOf(secret)), secret]));
  const pods = gatewayPods(objects);
  const found = new Map<string, StandIn>();
  for (const object of objects) {
    const rule = rules.find(({ group, kind }) => kind === object.kind && group === groupOf(object.apiVersion));
    for (const named of rule?.secretsOf(object, pods) ?? []) {
      const missing = missingOf(named, there);
      if (missing === undefined) continue;
      const key = placeOf(missing);
      const known = found.get(key) ?? { ...missing, hosts: [], for: [] };
      found.set(key, {
        ...known,
        hosts: [...new Set([...known.hosts, ...named.hosts])].sort(),
        for: [...new Set([...known.for, formatObjectId(objectId(object))])].sort(),
      });
    }
  }
  return [...found.values()].sort((left, right) => (placeOf(left) < placeOf(right) ? -1 : 1));
}

type Place = Pick<StandIn, 'namespace' | 'name'>;

/** The Secret that is not there: the named one, or that of the authority beside it. */
function missingOf(
  { namespace, name, authority }: Named,
  there: ReadonlyMap<string, KubernetesObject>,
): Place | undefined {
  const secret = there.get(placeOf({ namespace, name }));
  if (secret === undefined) return { namespace, name };
  const beside = { namespace, name: `${name}-cacert` };
  const held = { ...mappingOf(secret.data), ...mappingOf(secret.stringData) };
  if (authority !== true || 'ca.crt' in held || 'cacert' in held || there.has(placeOf(beside))) return undefined;
  return beside;
}

interface Rule {
  group: string;
  kind: string;
  secretsOf: (object: KubernetesObject, pods: readonly Pods[]) => Named[];
}

const rules: readonly Rule[] = [
  { group: 'networking.istio.io', kind: 'Gateway', secretsOf: ofGateway },
  { group: 'networking.istio.io', kind: 'DestinationRule', secretsOf: ofDestinationRule },
  { group: 'gateway.networking.k8s.io', kind: 'Gateway', secretsOf: ofApiGateway },
  { group: 'networking.k8s.io', kind: 'Ingress', secretsOf: ofIngress },
];

const terminating = /^(SIMPLE|MUTUAL|OPTIONAL_MUTUAL)$/;

function ofGateway({ spec }: KubernetesObject, pods: readonly Pods[]): Named[] {
  const selector = mappingOf(mappingOf(spec).selector);
  const namespaces = namespacesOf(pods.filter(({ labels }) => matches(selector, labels)));
  return mappingsOf(mappingOf(spec).servers).flatMap(({ tls, hosts }) => {
    const { mode = 'PASSTHROUGH', credentialName, credentialNames, caCertCredentialName } = mappingOf(tls);
    if (!terminating.test(String(mode))) return [];
    const served = textsOf(hosts).map((host) => host.slice(host.indexOf('/') + 1));
    const several = textsOf(credentialNames);
    const own = several.length > 0 ? several : [credentialName];
    const elsewhere = secretName(caCertCredentialName);
    // Of several, the first has the authority.
    const named = own.flatMap(secretName).flatMap((name, index) => {
      const authority = mode !== 'SIMPLE' && elsewhere.length === 0 && index === 0;
      return at(namespaces, [name], served).map((secret) => ({ ...secret, authority }));
    });
    return [...named, ...at(namespaces, elsewhere, served)];
  });
}

/** Only gateways read them, and the sidecars of the workloads that a selector names. */
function ofDestinationRule({ metadata, spec }: KubernetesObject, pods: readonly Pods[]): Named[] {
  const { host, workloadSelector, trafficPolicy, subsets } = mappingOf(spec);
  const policies = [trafficPolicy, ...mappingsOf(subsets).map((subset) => subset.trafficPolicy)].map(mappingOf);
  const settings = policies
    .flatMap((policy) => [policy, ...mappingsOf(policy.portLevelSettings)])
    .map(({ tls }) => mappingOf(tls));
  const names = settings
    .filter(({ mode }) => mode === 'SIMPLE' || mode === 'MUTUAL')
    .flatMap(({ credentialName }) => secretName(credentialName));
  const places = isMapping(workloadSelector)
    ? [metadata.namespace ?? 'default']
    : namespacesOf(pods.filter(({ isGateway }) => isGateway));
  return at(places, names, textsOf([host])).map((named) => ({ ...named, authority: true }));
}

function ofApiGateway({ metadata, spec }: KubernetesObject): Named[] {
  return mappingsOf(mappingOf(spec).listeners).flatMap(({ hostname, tls }) => {
    const { mode = 'Terminate', certificateRefs } = mappingOf(tls);
    if (mode !== 'Terminate') return [];
    return mappingsOf(certificateRefs)
      .filter(({ group = '', kind = 'Secret' }) => group === '' && kind === 'Secret')
      .flatMap(({ namespace = metadata.namespace ?? 'default', name }) =>
        at(textsOf([namespace]), textsOf([name]), textsOf([hostname])),
      );
  });
}

/** Kubernetes has it beside the Ingress; Istio reads it where its gateway is. */
function ofIngress({ metadata, spec }: KubernetesObject, pods: readonly Pods[]): Named[] {
  const places = [metadata.namespace ?? 'default', ...namespacesOf(pods.filter(({ isGateway }) => isGateway))];
  return mappingsOf(mappingOf(spec).tls).flatMap(({ secretName: name, hosts }) =>
    at(places, textsOf([name]), textsOf(hosts)),
  );
}

/** A Secret may be named as one of Kubernetes; other schemes are for sockets and ConfigMaps. */
function secretName(value: unknown): string[] {
  if (typeof value !== 'string' || value === '') return [];
  const [, scheme, name = value] = /^([a-z-]+):\/\/(.*)$/.exec(value) ?? [];
  return scheme === undefined || scheme === 'kubernetes' ? [name] : [];
}

function at(namespaces: readonly string[], names: readonly string[], hosts: readonly string[]): Named[] {
  const certified = hosts.filter((host) => host !== '*');
  return [...new Set(namespaces)].flatMap((namespace) => names.map((name) => ({ namespace, name, hosts: certified })));
}

function isSecret({ apiVersion, kind }: KubernetesObject): boolean {
  return apiVersion === 'v1' && kind === 'Secret';
}

function nameOf({ metadata: { namespace = 'default', name } }: KubernetesObject): Place {
  return { namespace, name };
}

function placeOf({ namespace, name }: Place): string {
  return `${namespace}/${name}`;
}

/** Every pod of a selector without labels, as Istio takes it. */
function matches(selector: Record<string, unknown>, labels: Record<string, string>): boolean {
  return Object.entries(selector).every(([key, value]) => labels[key] === value);
}
