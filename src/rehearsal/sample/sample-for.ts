import type { Bundle, ClusterBundle } from '../../bundle/bundle.ts';
import { DeliveryError } from '../../errors.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { parseYaml } from '../../mesh/yaml.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { type SampleOptions, sampleGateway } from './sample-options.ts';

/** How the sample is laid into the mesh of a bundle: through its gateways, in its first and in its last group. */
export function sampleFor(
  { manifest }: Bundle,
  part: ClusterBundle,
  { image, pullPolicy, rate }: Pick<SampleOptions, 'image' | 'pullPolicy' | 'rate'>,
): SampleOptions {
  const [front, back] = [manifest.upgrade.groups.at(0), manifest.upgrade.groups.at(-1)];
  if (!front || !back) {
    throw new DeliveryError(
      `sample cannot be deployed to mesh ${manifest.mesh}: it has no group whose revision tag its namespaces could carry; add groups to the mesh file`,
      { code: 'NoGroup', kind: 'usage' },
    );
  }
  const ingress = sampleGateway(manifest.gateways, 'ingress');
  const egress = sampleGateway(manifest.gateways, 'egress');
  return {
    image,
    pullPolicy,
    rate,
    tags: { front: front.tag, back: back.tag },
    ...(ingress ? { ingress } : {}),
    ...(egress ? { egress } : {}),
    namespaceLabels: discoveryLabels(part),
  };
}

/** Labels with which a namespace is seen by istiod, where the mesh has discovery selectors. */
export function discoveryLabels(part: ClusterBundle): Record<string, string> {
  const selectors = objectsOf(part).flatMap((object) => selectorsOf(object));
  const byLabel = selectors.find(({ matchLabels }) => isMapping(matchLabels));
  return (byLabel?.matchLabels ?? {}) as Record<string, string>;
}

function selectorsOf({ kind, data }: KubernetesObject): Record<string, unknown>[] {
  const { mesh } = (data ?? {}) as { mesh?: unknown };
  if (kind !== 'ConfigMap' || typeof mesh !== 'string') return [];
  const [config] = parseYaml(mesh, 'the mesh configuration');
  const selectors = isMapping(config) ? config.discoverySelectors : undefined;
  return Array.isArray(selectors) ? selectors.filter(isMapping) : [];
}

/** Whether the mesh refuses clients without a certificate everywhere. */
export function refusesPlainClients({ manifest }: Bundle, part: ClusterBundle): boolean {
  return objectsOf(part).some(({ kind, metadata, spec }) => {
    if (kind !== 'PeerAuthentication' || metadata.namespace !== manifest.namespaces.root) return false;
    const { mtls, selector } = (spec ?? {}) as { mtls?: { mode?: string }; selector?: unknown };
    return selector === undefined && mtls?.mode === 'STRICT';
  });
}

function objectsOf({ stages }: ClusterBundle): KubernetesObject[] {
  return stages.flatMap(({ objects }) => objects);
}
