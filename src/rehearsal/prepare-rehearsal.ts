import type { Bundle, BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { clusterDigest, sealed, stageDigests } from '../bundle/bundle-digest.ts';
import { DeliveryError } from '../errors.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import { type UpgradeNote, upgradeNotes } from '../plan/upgrade-notes.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { missingNamespaces } from './missing-namespaces.ts';
import type { Overlay } from './overlay/overlay.ts';
import { overlayAll } from './overlay/overlay-all.ts';
import type { OverlayChange, ShortenedSoak } from './rehearsal.ts';
import type { RehearsalWay } from './rehearsal-way.ts';
import { shortenSoaks } from './shorten-soaks.ts';
import { countRequests } from './team/count-requests.ts';

export interface RehearsalPlan {
  way: RehearsalWay;
  /** What is installed first, as the rehearsal applies it: a bundle of its own, with a digest of its own. */
  old: Bundle;
  /** What it comes to; the same where a first install is rehearsed. */
  coming: Bundle;
  overlay: OverlayChange[];
  soaks: ShortenedSoak[];
  /** Upgrade notes that somebody must acknowledge in the environment: the rehearsal takes them as read. */
  notes: Pick<UpgradeNote, 'id' | 'title'>[];
  /** Namespaces that nothing brings along. */
  namespaces: KubernetesObject[];
  /** What carries the traffic: the sample's objects and the team's own. */
  workloads: KubernetesObject[];
  sample: KubernetesObject[];
  /** The team's own manifests, as they are applied. */
  team: KubernetesObject[];
}

export interface RehearsedBundles {
  way: RehearsalWay;
  /** What the environment runs now; a first install is rehearsed where it is not given. */
  from?: Bundle;
  to: Bundle;
  /** Cluster of the bundles whose objects are applied. */
  cluster: string;
  overlay: Overlay;
  /** Seconds that any one soak may last. */
  soak: number;
  /** Made for the rehearsal, and applied as it is. */
  sample: KubernetesObject[];
  /** The team's own manifests. */
  workloads: KubernetesObject[];
}

/** Everything about a rehearsal that can be known, and refused, before there is a cluster for it. */
export function prepareRehearsal(rehearsed: RehearsedBundles): RehearsalPlan {
  const { way, from, to, cluster, overlay, soak, sample } = rehearsed;
  const bundles = from ? [from, to] : [to];
  const applied = { bundles: bundles.map((bundle) => clusterBundle(bundle, cluster)), workloads: rehearsed.workloads };
  const { value: laid, changes } = overlayAll(applied, overlay);
  const counted = countRequests(laid.workloads);
  const workloads = [...sample, ...counted.value];
  const { policy, soaks } = shortenSoaks(to.manifest.upgrade, soak);
  const [old, coming = old] = laid.bundles.map((part, index) =>
    rehearsedBundle(bundles[index] ?? to, { part, upgrade: index === bundles.length - 1 ? policy : undefined }),
  );
  if (!old || !coming) throw new Error('no bundle was laid over');
  refuseRepeated(laid.bundles, workloads);
  return {
    way,
    old,
    coming,
    overlay: [...changes, ...counted.changes],
    soaks: way === 'upgrade' ? soaks : [],
    notes: way === 'upgrade' && from && policy.acknowledgeNotes ? notesOf(from.manifest, to.manifest) : [],
    namespaces: missingNamespaces(laid.bundles, workloads, to.manifest.upgrade),
    workloads,
    sample,
    team: counted.value,
  };
}

/** What the rehearsal's cluster gets of a bundle; every byte of it is held against its digest there as well. */
function rehearsedBundle(
  { manifest }: Bundle,
  { part, upgrade }: { part: ClusterBundle; upgrade: BundleManifest['upgrade'] | undefined },
): Bundle {
  const { digest: _digest, ...content } = manifest;
  const digests = stageDigests(part.stages);
  return {
    manifest: sealed({ ...content, ...(upgrade ? { upgrade } : {}), clusters: { [part.cluster]: digests } }),
    clusters: { [part.cluster]: { ...part, digest: clusterDigest(digests) } },
  };
}

function notesOf(from: BundleManifest, to: BundleManifest): RehearsalPlan['notes'] {
  return upgradeNotes(from.istio.version, to.istio.version).map(({ id, title }) => ({ id, title }));
}

/** Two documents of one object would be applied one over the other; a namespace is its owners' and the mesh's. */
function refuseRepeated(bundles: readonly ClusterBundle[], workloads: readonly KubernetesObject[]): void {
  const keyOf = (object: KubernetesObject) => objectKey(objectId(object));
  const brought = new Set(bundles.flatMap(({ stages }) => stages.flatMap(({ objects }) => objects.map(keyOf))));
  const seen = new Set<string>();
  for (const object of workloads) {
    if (object.kind === 'Namespace') continue;
    const key = keyOf(object);
    if (brought.has(key) || seen.has(key)) {
      const other = brought.has(key) ? 'the bundle' : 'the sample';
      throw new DeliveryError(
        `workloads hold ${formatObjectId(objectId(object))}, which ${other} brings too; take it out of the workloads`,
        { code: 'WorkloadRepeated', kind: 'usage' },
      );
    }
    seen.add(key);
  }
}
