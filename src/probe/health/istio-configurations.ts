import type { KubernetesObject } from '../../ports/objects.ts';
import { type CalledService, calledIstiods, hasReadyEndpoint } from '../../upgrade/istio-webhooks.ts';
import { type Known, valueOf } from './attempt.ts';
import type { HealthFacts } from './health-facts.ts';

/** The webhook configurations of the bundle, as far as each can be read. */
export function istioConfigurations({ objects }: HealthFacts): Known<KubernetesObject | undefined>[] {
  return objects.filter(({ id }) => id.kind.endsWith('WebhookConfiguration')).map(({ live }) => live);
}

/** A Service that webhooks call and that cannot answer. */
export interface DeadEnd {
  service: CalledService;
  /** Follows the Service's name. */
  reason: string;
}

/** The Services among those that a configuration calls that do not exist or lead to no pod, as far as that is known. */
export function deadEndsOf(facts: HealthFacts, configuration: KubernetesObject): DeadEnd[] {
  const { namespace, services, endpointSlices } = facts;
  return calledIstiods(configuration).flatMap((service): DeadEnd[] => {
    const known = service.namespace === namespace ? valueOf(services) : undefined;
    if (known && !known.some(({ metadata }) => metadata.name === service.name)) {
      return [{ service, reason: 'does not exist' }];
    }
    const slices = valueOf(endpointSlices.get(service.namespace));
    if (slices === undefined || hasReadyEndpoint(slices, service)) return [];
    return [{ service, reason: 'has no ready endpoint' }];
  });
}
