import { autoscalerMinimums, greatest, leastReplicas } from '../bundle/autoscaled.ts';
import { foreignFields } from '../bundle/foreign-fields.ts';
import type { FieldOwner } from '../mesh/field-owner-schema.ts';
import { type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';

/** What a bundle wants of its workloads. */
export interface WantedWorkloads {
  objects: readonly KubernetesObject[];
  /** Fields of them that others own, by the mesh file. */
  declared: readonly FieldOwner[];
}

/**
 * Number of replicas that each workload must be scaled to, by `objectKey`: what the bundle and the live autoscalers
 * want, apart from what the bundle leaves to others.
 */
export function wantedReplicas(
  { objects, declared }: WantedWorkloads,
  live: readonly KubernetesObject[],
): Map<string, number> {
  const byKey = new Map(live.map((object) => [objectKey(objectId(object)), object]));
  const isLeft = (object: KubernetesObject, path: string) => {
    const found = byKey.get(objectKey(objectId(object)));
    if (found === undefined) return false;
    return foreignFields({ object, live: found, scaled: false, declared }).some((field) => field.path === path);
  };
  return greatest(leastReplicas(objects, isLeft), autoscalerMinimums(live));
}
