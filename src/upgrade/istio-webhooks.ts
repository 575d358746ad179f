import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** A Service that a webhook calls. */
export interface CalledService {
  namespace: string;
  name: string;
}

/** Services that the webhooks of a configuration call, each once. Only `mine`, by the webhook's name, where it is given. */
export function calledServices(configuration: KubernetesObject, mine = (_webhook: string) => true): CalledService[] {
  const webhooks = (configuration.webhooks ?? []) as { name: string; clientConfig?: { service?: CalledService } }[];
  const services = webhooks.flatMap(({ name, clientConfig }) => (mine(name) ? (clientConfig?.service ?? []) : []));
  return [...new Map(services.map((service) => [`${service.namespace}/${service.name}`, service])).values()];
}

/** Every webhook configuration of the cluster. */
export async function listWebhooks(
  cluster: Cluster,
): Promise<{ mutating: KubernetesObject[]; validating: KubernetesObject[] }> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const [mutating, validating] = await Promise.all([
    cluster.list({ apiVersion, kind: 'MutatingWebhookConfiguration' }),
    cluster.list({ apiVersion, kind: 'ValidatingWebhookConfiguration' }),
  ]);
  return { mutating: mutating.items, validating: validating.items };
}

/** Whether a Service has an endpoint that takes connections, by the EndpointSlices of its namespace. */
export function hasReadyEndpoint(slices: readonly KubernetesObject[], { namespace, name }: CalledService): boolean {
  return slices
    .filter(
      ({ metadata }) => metadata.namespace === namespace && metadata.labels?.['kubernetes.io/service-name'] === name,
    )
    .flatMap(({ endpoints }) => (endpoints ?? []) as { conditions?: { ready?: boolean } }[])
    .some(({ conditions }) => conditions?.ready !== false);
}
