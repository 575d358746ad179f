import type { KubernetesObject } from '../../ports/objects.ts';

interface PodSpec {
  containers?: { name: string; image?: string }[];
  initContainers?: { name: string; image?: string }[];
}

/** The image of a gateway's container until an injector makes a proxy of it. */
const uninjected = 'auto';

/** Whether the pod has a proxy: as a container or, where sidecars are native, as an init container. */
export function hasProxy(pod: KubernetesObject): boolean {
  return proxyImage(pod) !== undefined;
}

/** Whether the pod still runs, or is still to start. */
export function isLive({ metadata, status }: KubernetesObject): boolean {
  const { phase } = (status ?? {}) as { phase?: string };
  return metadata.deletionTimestamp === undefined && phase !== 'Succeeded' && phase !== 'Failed';
}

/**
 * The revision whose injector made the pod; undefined for a pod without a proxy. It stands in an annotation, and is
 * the real revision even where a tag was used; the label of that name is on gateways and istiods only.
 */
export function proxyRevision(pod: KubernetesObject): string | undefined {
  if (!hasProxy(pod)) return undefined;
  const { annotations = {}, labels = {} } = pod.metadata;
  return (
    annotations['istio.io/rev'] ?? injectedRevision(annotations['sidecar.istio.io/status']) ?? labels['istio.io/rev']
  );
}

/** The tag of the proxy's image. */
export function proxyVersion(pod: KubernetesObject): string | undefined {
  return imageTag(proxyImage(pod));
}

/** The tag of an image, `docker.io/istio/proxyv2:1.31.0-distroless@sha256:…` → `1.31.0-distroless`. */
export function imageTag(image = ''): string | undefined {
  return /:([^:/@]+)(?:@.*)?$/.exec(image)?.[1];
}

function proxyImage(pod: KubernetesObject): string | undefined {
  const { containers = [], initContainers = [] } = (pod.spec ?? {}) as PodSpec;
  const proxy = [...containers, ...initContainers].find(({ name }) => name === 'istio-proxy');
  return proxy === undefined || proxy.image === uninjected ? undefined : (proxy.image ?? '');
}

function injectedRevision(status: string | undefined): string | undefined {
  try {
    const { revision } = JSON.parse(status ?? '{}') as { revision?: unknown };
    return typeof revision === 'string' ? revision : undefined;
  } catch {
    return undefined;
  }
}
