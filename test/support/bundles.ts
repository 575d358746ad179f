import type { Bundle, StageObjects } from '../../src/bundle/bundle.ts';
import { bundleDigest, clusterDigest, stageDigests } from '../../src/bundle/bundle-digest.ts';

/** A bundle of these clusters, its digests right. */
export function bundleOf(clusters: Record<string, StageObjects[]>): Bundle {
  const digests = Object.fromEntries(Object.entries(clusters).map(([name, stages]) => [name, stageDigests(stages)]));
  const held = Object.entries(clusters).map(([cluster, stages]) => ({
    cluster,
    digest: clusterDigest(digests[cluster] ?? {}),
    stages,
  }));
  return {
    manifest: {
      apiVersion: 'istio-delivery/v1',
      mesh: 'acme',
      istio: { version: '1.31.0', revision: '1-31-0' },
      namespaces: { root: 'istio-config', controlPlane: 'istio-system' },
      gateways: [],
      images: [],
      digest: bundleDigest(digests),
      clusters: Object.fromEntries(held.map(({ cluster, digest }) => [cluster, { digest }])),
      environments: [],
      upgrade: { groups: [], soak: 0, acknowledgeNotes: false, waivers: [] },
      health: { settle: 60 },
    },
    clusters: Object.fromEntries(held.map((each) => [each.cluster, each])),
  };
}
