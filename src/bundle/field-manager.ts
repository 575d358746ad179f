import type { KubernetesObject } from '../ports/objects.ts';
import type { Stage } from './bundle.ts';

/** Owns the fields of everything that a bundle brings. */
export const deliveryFieldManager = 'istio-delivery';

/** Owns the one label of an application namespace, which the same bundle may hold in another role too. */
export const groupsFieldManager = 'istio-delivery-groups';

/** The field manager with which an object of a bundle is applied. */
export function fieldManagerFor(stage: Stage, object: KubernetesObject): string {
  return stage === 'routing' && object.kind === 'Namespace' ? groupsFieldManager : deliveryFieldManager;
}
