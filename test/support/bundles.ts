import type { Bundle, StageObjects } from '../../src/bundle/bundle.ts';
import { clusterDigest, sealed, stageDigests } from '../../src/bundle/bundle-digest.ts';
import type { ManifestContent } from '../../src/bundle/bundle-manifest.ts';

/** A bundle of these clusters, its digests right. */
export function bundleOf(clusters: Record<string, StageObjects[]>, decides: Partial<ManifestContent> = {}): Bundle {
  const held = Object.entries(clusters).map(([cluster, stages]) => ({
    cluster,
    digest: clusterDigest(stageDigests(stages)),
    stages,
  }));
  const content: ManifestContent = {
    apiVersion: 'istio-delivery/v1',
    mesh: 'acme',
    istio: { version: '1.31.0', revision: '1-31-0' },
    namespaces: { root: 'istio-config', controlPlane: 'istio-system' },
    gateways: [],
    images: [],
    clusters: Object.fromEntries(held.map(({ cluster, stages }) => [cluster, stageDigests(stages)])),
    environments: [],
    upgrade: { groups: [], soak: 0, acknowledgeNotes: false, waivers: [] },
    health: { settle: 60 },
    ...decides,
  };
  return { manifest: sealed(content), clusters: Object.fromEntries(held.map((each) => [each.cluster, each])) };
}

/** The bundle with other decisions and the same objects, its digest right. */
export function deciding(bundle: Bundle, decides: Partial<ManifestContent>): Bundle {
  return { ...bundle, manifest: sealed({ ...bundle.manifest, ...decides }) };
}
