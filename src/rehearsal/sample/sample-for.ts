import type { Bundle, ClusterBundle } from '../../bundle/bundle.ts';
import { revisionLabel } from '../../bundle/labels.ts';
import { DeliveryError } from '../../errors.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import { discoverySelectorsOf, labelsToBeSeen } from '../discovery-labels.ts';
import { loggedGateways } from './sample-logs.ts';
import { type SampleOptions, sampleGateway, sampleNamespaces } from './sample-options.ts';

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
    ...(ingress ? { ingress } : {}),
    ...(egress ? { egress } : {}),
    loggedGateways: loggedGateways([ingress, egress], [part]),
    labels: {
      front: seenLabels(part, sampleNamespaces.front, front.tag),
      back: seenLabels(part, sampleNamespaces.back, back.tag),
    },
  };
}

/** The tag, and what else a namespace of the sample needs to be seen by istiod. */
function seenLabels(part: ClusterBundle, name: string, tag: string): Record<string, string> {
  const labels = labelsToBeSeen(discoverySelectorsOf(part), { name, labels: { [revisionLabel]: tag } });
  if (labels) return labels;
  throw new DeliveryError(
    `sample cannot be deployed: no discovery selector of the mesh can be for its namespace ${name} with tag ${tag}; add { matchLabels: { ${revisionLabel}: ${tag} } } to controlPlane.discoverySelectors`,
    { code: 'SampleUnseen', kind: 'usage' },
  );
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
