import type { KubernetesObject } from '../ports/objects.ts';
import type { Stage } from './bundle.ts';
import { meshLabel } from './labels.ts';

/** Owns the fields of everything that a bundle brings. */
export const deliveryFieldManager = 'istio-delivery';

/** Owns the one label of an application namespace, which the same bundle may hold in another role too. */
export const groupsFieldManager = 'istio-delivery-groups';

/** Owns the minimum of an autoscaler for as long as a gateway must be as large as the one that it relieves. */
export const holdFieldManager = 'istio-delivery-upgrade';

/** The field manager with which an object of a bundle is applied. */
export function fieldManagerFor(stage: Stage, object: KubernetesObject): string {
  const holdsNamespaces = stage === 'namespaces' || stage === 'routing';
  const ofOthers = object.kind === 'Namespace' && object.metadata.labels?.[meshLabel] === undefined;
  return holdsNamespaces && ofOthers ? groupsFieldManager : deliveryFieldManager;
}
