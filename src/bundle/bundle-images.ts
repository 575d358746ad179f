import { isMapping } from '../mesh/merge-deep.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { ClusterBundle } from './bundle.ts';

/** Every image that pods of the bundle run, sorted, the one among them that the injector puts in. */
export function bundleImages(mesh: Mesh, clusters: readonly ClusterBundle[]): string[] {
  const images = clusters.flatMap(({ stages }) => stages.flatMap(({ objects }) => imagesOf(objects)));
  return [...new Set([...images, `${mesh.istio.hub}/proxyv2:${mesh.istio.version}`])].sort();
}

/** Every image that pods of these objects run. */
export function imagesOf(objects: readonly KubernetesObject[]): string[] {
  return [...new Set(objects.flatMap(imagesOfPod))];
}

function imagesOfPod(object: KubernetesObject): string[] {
  const spec = isMapping(object.spec) && isMapping(object.spec.template) ? object.spec.template.spec : undefined;
  if (!isMapping(spec)) return [];
  return [spec.initContainers, spec.containers]
    .flatMap((containers) => (Array.isArray(containers) ? containers : []))
    .flatMap(({ image }) => (typeof image === 'string' && image !== 'auto' ? [image] : []));
}
