import type { Cluster } from '../../src/ports/cluster.ts';
import type { KubernetesObject } from '../../src/ports/objects.ts';
import { isLive, proxyRevision } from '../../src/upgrade/workloads/proxy-pod.ts';

/** Which revision serves whom, by the live objects alone. */
export interface MeshView {
  /** By tag, `default` among them. */
  tags: Record<string, string>;
  /** Who validates what carries no revision. */
  validator: string;
  /** By gateway: whom its Service selects. */
  gateways: Record<string, string>;
  /** Revisions of the proxies of each namespace that has any, sorted; gateways apart. */
  proxies: Record<string, string[]>;
}

interface Webhook {
  clientConfig: { service?: { name: string } };
}

export async function meshView(cluster: Cluster): Promise<MeshView> {
  const admission = 'admissionregistration.k8s.io/v1';
  const [mutating, validating, services, pods] = await Promise.all([
    cluster.list({ apiVersion: admission, kind: 'MutatingWebhookConfiguration' }),
    cluster.list({ apiVersion: admission, kind: 'ValidatingWebhookConfiguration' }),
    cluster.list({ apiVersion: 'v1', kind: 'Service' }, { namespace: 'istio-gateways' }),
    cluster.list({ apiVersion: 'v1', kind: 'Pod' }),
  ]);
  const tags = mutating.items.filter(({ metadata }) => metadata.labels?.['istio.io/tag'] !== undefined);
  const validators = validating.items.filter(({ metadata }) => metadata.name === 'istiod-default-validator');
  const meshed = pods.items.filter((pod) => isLive(pod) && pod.metadata.namespace !== 'istio-gateways');
  const revisionsIn = (held: KubernetesObject[]) =>
    [...new Set(held.flatMap((pod) => proxyRevision(pod) ?? []))].sort();
  const proxies = [...Map.groupBy(meshed, ({ metadata }) => metadata.namespace ?? '')]
    .map(([namespace, held]): [string, string[]] => [namespace, revisionsIn(held)])
    .filter(([, found]) => found.length > 0);
  return {
    tags: Object.fromEntries(tags.map((tag) => [tag.metadata.labels?.['istio.io/tag'], servedBy(tag)])),
    validator: validators.map(servedBy).join(),
    gateways: Object.fromEntries(services.items.map((service) => [service.metadata.name, selectedRevision(service)])),
    proxies: Object.fromEntries(proxies),
  };
}

/** Revisions whose istiods its webhooks lead to. */
function servedBy({ webhooks }: KubernetesObject): string {
  const names = (webhooks as Webhook[]).map(({ clientConfig }) => clientConfig.service?.name.replace(/^istiod-/, ''));
  return [...new Set(names)].join(' and ');
}

function selectedRevision({ spec }: KubernetesObject): string {
  return (spec as { selector?: Record<string, string> }).selector?.['istio.io/rev'] ?? 'any';
}
