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
