import type { Machine } from '../../local/container-environment.ts';
import type { Pod } from '../../local/pod.ts';
import { hasProxy, type Proxy, proxyOf } from '../../local/proxy-node.ts';
import { type NetworkView, routeByName } from '../../local/service-route.ts';
import type { ProxyStreams } from './proxy-streams.ts';

/** One stream for each pod with a proxy; a pod that comes back under its name is another pod. */
export function followProxies(streams: ProxyStreams, pods: readonly Pod[], machine: Machine): void {
  const present = new Map(pods.filter(hasProxy).map((pod) => [pod.metadata.uid ?? pod.metadata.name, pod]));
  for (const key of streams.keys()) if (!present.has(key)) streams.remove(key);
  for (const [key, pod] of present) {
    const proxy = streams.has(key) ? undefined : proxyOf(pod, machine);
    if (proxy) streams.add(key, proxy);
  }
}

/** Where a proxy's discovery address leads; undefined where nobody answers. */
export function findControlPlane(
  { discoveryAddress }: Proxy,
  view: NetworkView,
): { host: string; port: number } | undefined {
  const [host = '', port = '15012'] = discoveryAddress.split(':');
  const [service = '', namespace = 'istio-system'] = host.split('.');
  // The same server listens on both; without a certificate only the one in plain text can be spoken to.
  const route = routeByName(service, namespace, port === '15012' ? 15010 : Number(port), view);
  return route.kind === 'dial' ? { host: route.host, port: route.port } : undefined;
}
