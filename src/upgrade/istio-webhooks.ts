import { isIstioName } from '../plan/istio-in-cluster.ts';
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

/** Services that Istio's own webhooks of a configuration call. */
export function calledIstiods(configuration: KubernetesObject): CalledService[] {
  return calledServices(configuration, isIstioName);
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
