import type { ClusterBundle } from '../bundle/bundle.ts';
import type { Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';

const networking = 'networking.istio.io/v1';

/**
 * What uses a gateway, by its Service: the Gateways that open ports in its pods, and the VirtualServices that send
 * traffic to it, those in the cluster and those of the bundle. Without any its proxies have no listener.
 */
export async function usesOfGateway(
  cluster: Cluster,
  service: KubernetesObject,
  bundle: ClusterBundle,
): Promise<string[]> {
  const selector = selectorOf(service);
  const [pods, gateways, routes] = await Promise.all([
    podsOf(cluster, service),
    cluster.list({ apiVersion: networking, kind: 'Gateway' }),
    cluster.list({ apiVersion: networking, kind: 'VirtualService' }),
  ]);
  const labels = [selector, ...pods.map(({ metadata }) => metadata.labels ?? {})];
  const coming = bundle.stages.flatMap(({ objects }) =>
    objects.filter(({ apiVersion }) => apiVersion.startsWith('networking.istio.io/')),
  );
  const ofKind = (kind: string, live: readonly KubernetesObject[]) => [
    ...new Map(
      [...live, ...coming.filter((object) => object.kind === kind)].map((object) => [
        `${objectKey(objectId(object))} ${JSON.stringify(object.spec)}`,
        object,
      ]),
    ).values(),
  ];
  const users = [
    ...ofKind('Gateway', gateways.items).filter((gateway) => labels.some((each) => opens(gateway, each))),
    ...ofKind('VirtualService', routes.items).filter((route) => leadsTo(route, service)),
  ].map((object) => formatObjectId(objectId(object)));
  return shortened([...new Set(users)]);
}

async function podsOf(cluster: Cluster, service: KubernetesObject): Promise<KubernetesObject[]> {
  const { namespace = '' } = service.metadata;
  const labelSelector = Object.entries(selectorOf(service))
    .map((pair) => pair.join('='))
    .join();
  if (labelSelector === '') return [];
  return (await cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace, labelSelector, metadataOnly: true }))
    .items;
}

/** A Gateway without a selector opens its ports in every gateway. */
function opens(gateway: KubernetesObject, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selectorOf(gateway)).every(([label, value]) => labels[label] === value);
}

function leadsTo({ metadata, spec }: KubernetesObject, service: KubernetesObject): boolean {
  const { name, namespace } = service.metadata;
  const host = `${name}.${namespace}`;
  return hostsIn(spec).some((each) => {
    if (each === name) return metadata.namespace === namespace;
    return each === host || each === `${host}.svc` || each.startsWith(`${host}.svc.`);
  });
}

/** Hosts of every destination, wherever in the routes it stands: a route, a mirror. */
function hostsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(hostsIn);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const { host } = (inner ?? {}) as { host?: unknown };
    const own = /^(destination|mirror)$/.test(key) && typeof host === 'string' ? [host] : [];
    return [...own, ...hostsIn(inner)];
  });
}

function selectorOf({ spec }: KubernetesObject): Record<string, string> {
  return (spec as { selector?: Record<string, string> } | undefined)?.selector ?? {};
}

/** How many users a reason names. */
const namedUsers = 10;

/** The first of them, and how many more there are. */
export function shortened(users: readonly string[]): string[] {
  if (users.length <= namedUsers) return [...users];
  return [...users.slice(0, namedUsers), `and ${users.length - namedUsers} more`];
}
