import type { KubernetesObject } from '../../ports/objects.ts';
import { namespaceOf, selectedBy, type TeamWorkload } from './team-workload.ts';

/** What routes may lead to. */
export interface Backends {
  objects: readonly KubernetesObject[];
  workloads: readonly TeamWorkload[];
}

/** The team's workloads behind the Service of a host, as Istio reads it in an object of that namespace. */
export function workloadsBehind(host: string, namespace: string, { objects, workloads }: Backends): TeamWorkload[] {
  const [name, of = namespace] = host.replace(/\.svc(\.cluster\.local)?$/, '').split('.');
  const service = objects.find(
    (object) => object.kind === 'Service' && object.metadata.name === name && namespaceOf(object) === of,
  );
  return service === undefined ? [] : selectedBy(service, workloads).filter(({ isEmpty }) => !isEmpty);
}
