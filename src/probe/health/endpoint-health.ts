import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { hasReadyEndpoint } from '../../upgrade/istio-webhooks.ts';
import { reasonsOf, valueOf } from './attempt.ts';
import type { HealthFacts } from './health-facts.ts';
import type { PartHealth } from './part-health.ts';

interface ServiceSpec {
  type?: string;
  selector?: Record<string, string>;
}

/** Whether every Service of istiods, tags and gateways leads to a pod that is ready. */
export function endpointHealth({ objects, endpointSlices }: HealthFacts): PartHealth {
  const promoted = objects.filter(
    ({ id, stage }) => id.kind === 'Service' && (stage === 'routing' || stage === 'revision'),
  );
  const services = promoted
    .flatMap(({ live }) => valueOf(live) ?? [])
    // It is a name in the DNS, and has no endpoints.
    .filter((service) => specOf(service).type !== 'ExternalName');
  const slicesOf = ({ metadata }: KubernetesObject) => endpointSlices.get(metadata.namespace ?? '');
  return {
    part: 'endpoints',
    troubles: troublesOf(
      services.filter((service) => {
        const slices = valueOf(slicesOf(service));
        const { namespace = '', name } = service.metadata;
        return slices !== undefined && !hasReadyEndpoint(slices, { namespace, name });
      }),
    ),
    unknown: reasonsOf(...promoted.map(({ live }) => live), ...services.map(slicesOf)),
  };
}

/** One sentence for each cause: the Services of tags select the pods of one istiod. */
function troublesOf(services: readonly KubernetesObject[]): string[] {
  return [...Map.groupBy(services, whyNone)].map(([why, those]) => {
    const names = those.map((service) => formatObjectId(objectId(service)));
    return `${names.join(', ')} ${names.length === 1 ? 'has' : 'have'} no ready endpoint: ${why}`;
  });
}

function whyNone(service: KubernetesObject): string {
  const selector = Object.entries(specOf(service).selector ?? {}).map(([key, value]) => `${key}=${value}`);
  return selector.length === 0 ? 'no pods are selected' : `no pod with the labels ${selector.join(',')} is ready`;
}

function specOf({ spec }: KubernetesObject): ServiceSpec {
  return (spec ?? {}) as ServiceSpec;
}
