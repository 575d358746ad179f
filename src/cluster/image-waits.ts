import type { KubernetesObject } from '../ports/objects.ts';

/** A container that waits for its image. */
export interface ImageWait {
  image: string;
  pod: string;
  namespace: string;
  /** What the kubelet says of it. */
  said: string;
}

const reasons = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'RegistryUnavailable',
]);

interface ContainerState {
  name: string;
  image: string;
  state?: { waiting?: { reason?: string; message?: string } };
}

/** Every container of these pods that does not get its image. */
export function imageWaits(pods: readonly KubernetesObject[]): ImageWait[] {
  return pods.flatMap(({ metadata, spec, status }) => {
    const { initContainerStatuses = [], containerStatuses = [] } = (status ?? {}) as {
      initContainerStatuses?: ContainerState[];
      containerStatuses?: ContainerState[];
    };
    const wanted = imagesByContainer(spec);
    return [...initContainerStatuses, ...containerStatuses].flatMap(({ name, image, state }) => {
      const { reason = '', message } = state?.waiting ?? {};
      if (!reasons.has(reason)) return [];
      const { name: pod, namespace = '' } = metadata;
      return [{ image: wanted.get(name) ?? image, pod, namespace, said: message ? `${reason}: ${message}` : reason }];
    });
  });
}

/** As they are written in the pod: its status may have them in another form. */
function imagesByContainer(spec: unknown): Map<string, string> {
  const { initContainers = [], containers = [] } = (spec ?? {}) as Record<
    'initContainers' | 'containers',
    { name: string; image: string }[] | undefined
  >;
  return new Map([...initContainers, ...containers].map(({ name, image }) => [name, image]));
}
