import { type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';

interface AutoscalerSpec {
  scaleTargetRef: { apiVersion: string; kind: string; name: string };
  minReplicas?: number;
}

/** Least number of replicas of everything that a HorizontalPodAutoscaler among the objects scales, by `objectKey`. */
export function autoscalerMinimums(objects: readonly KubernetesObject[]): Map<string, number> {
  return new Map(
    objects
      .filter(({ kind }) => kind === 'HorizontalPodAutoscaler')
      .map(({ metadata, spec }) => {
        const { scaleTargetRef, minReplicas = 1 } = spec as AutoscalerSpec;
        const { namespace } = metadata;
        return [objectKey(namespace === undefined ? scaleTargetRef : { ...scaleTargetRef, namespace }), minReplicas];
      }),
  );
}

/**
 * Least number of replicas that the objects themselves want, by `objectKey`: of what an autoscaler among them scales its
 * minimum, of every other workload its own number. `isLeft` tells which fields somebody else decides.
 */
export function leastReplicas(
  objects: readonly KubernetesObject[],
  isLeft: (object: KubernetesObject, path: string) => boolean = () => false,
): Map<string, number> {
  const scaled = autoscalerMinimums(objects);
  const autoscalers = objects.filter((object) => !isLeft(object, '.spec.minReplicas'));
  const own = objects
    .filter(
      (object) =>
        (object.kind === 'Deployment' || object.kind === 'StatefulSet') &&
        !scaled.has(objectKey(objectId(object))) &&
        !isLeft(object, '.spec.replicas'),
    )
    .map((object): [string, number] => {
      const { replicas = 1 } = (object.spec ?? {}) as { replicas?: number };
      return [objectKey(objectId(object)), replicas];
    });
  return new Map([...own, ...autoscalerMinimums(autoscalers)]);
}

/** Of each workload the greatest number among these. */
export function greatest(...numbers: ReadonlyMap<string, number>[]): Map<string, number> {
  const all = new Map<string, number>();
  for (const [key, number] of numbers.flatMap((each) => [...each])) all.set(key, Math.max(number, all.get(key) ?? 0));
  return all;
}

/**
 * Gives everything that is autoscaled the autoscaler's minimum to start with: Istio's charts leave the number out,
 * and the control plane would stand on one pod until the autoscaler's first look.
 */
export function startAtMinimum(objects: readonly KubernetesObject[]): KubernetesObject[] {
  const minimums = autoscalerMinimums(objects);
  return objects.map((object) => {
    const replicas = minimums.get(objectKey(objectId(object)));
    return replicas === undefined ? object : { ...object, spec: { replicas, ...(object.spec as object) } };
  });
}
