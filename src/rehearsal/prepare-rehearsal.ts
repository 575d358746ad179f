import type { Bundle, BundleManifest, ClusterBundle } from '../bundle/bundle.ts';
import { clusterDigest, sealed, stageDigests } from '../bundle/bundle-digest.ts';
import type { PlacedObject } from '../bundle/manifests/read-objects.ts';
import { DeliveryError } from '../errors.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import { type UpgradeNote, upgradeNotes } from '../plan/upgrade-notes.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { bundleDifference } from './bundle-difference.ts';
import { namedSecrets } from './copies/named-secrets.ts';
import type { AskedEnvironment, ReproductionFacts } from './copies/reproduction.ts';
import { type ForeignKind, foreignKinds } from './foreign-kinds.ts';
import type { Overlay } from './overlay/overlay.ts';
import { overlayAll } from './overlay/overlay-all.ts';
import { refuseRepeatedPrerequisites } from './prerequisites.ts';
import type { BundleChange, OverlayChange, ShortenedSoak } from './rehearsal.ts';
import type { RehearsalWay } from './rehearsal-way.ts';
import { rehearsedNamespaces } from './rehearsed-namespaces.ts';
import { shortenSoaks } from './shorten-soaks.ts';
import { countRequests } from './team/count-requests.ts';

export interface RehearsalPlan {
  way: RehearsalWay;
  /** What is installed first, as the rehearsal applies it: a bundle of its own, with a digest of its own. */
  old: Bundle;
  /** What it comes to; the same where a first install is rehearsed. */
  coming: Bundle;
  differences: BundleChange[];
  overlay: OverlayChange[];
  soaks: ShortenedSoak[];
  /** Upgrade notes that somebody must acknowledge in the environment: the rehearsal takes them as read. */
  notes: Pick<UpgradeNote, 'id' | 'title'>[];
  /** Namespaces that nothing brings along. */
  namespaces: KubernetesObject[];
  /** What carries the traffic: the sample's objects and the team's own. */
  workloads: KubernetesObject[];
  /** What the environment has and no bundle brings; applied before the install. */
  prerequisites: KubernetesObject[];
  /** Kinds that nothing of this defines. */
  foreignKinds: ForeignKind[];
  /** What it has of the environment, and what it puts in its place. */
  copies: Omit<ReproductionFacts, 'rehearsal' | 'overlay'>;
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
  prerequisites?: PlacedObject[];
  /** Absent where nobody asked for it. */
  environment?: AskedEnvironment;
}

const unasked: AskedEnvironment = { kind: 'not asked', why: 'it was not looked for' };

/** Everything about a rehearsal that can be known, and refused, before there is a cluster for it. */
export function prepareRehearsal(rehearsed: RehearsedBundles): RehearsalPlan {
  const { way, from, to, cluster, overlay, soak, sample, prerequisites: given = [], environment = unasked } = rehearsed;
  const bundles = from ? [from, to] : [to];
  const applied = {
    bundles: bundles.map((bundle) => clusterBundle(bundle, cluster)),
    workloads: rehearsed.workloads,
    prerequisites: given.map(({ object }) => object),
  };
  const { value: laid, changes } = overlayAll(applied, overlay);
  const bundled = laid.bundles.flatMap(({ stages }) => stages.flatMap((stage) => stage.objects));
  const brought = [...laid.workloads, ...laid.prerequisites];
  const objects = [...bundled, ...brought];
  const standIns = namedSecrets(objects);
  const namespaces = rehearsedNamespaces({
    bundles: laid.bundles,
    workloads: brought,
    policy: to.manifest.upgrade,
    live: environment.kind === 'asked' ? environment.facts.namespaces : undefined,
    needed: standIns.map(({ namespace }) => namespace),
  });
  const counted = countRequests(namespaces.workloads.slice(0, laid.workloads.length));
  const workloads = [...sample, ...counted.value];
  const prerequisites = namespaces.workloads.slice(laid.workloads.length);
  const { policy, soaks } = shortenSoaks(to.manifest.upgrade, soak);
  const [old, coming = old] = laid.bundles.map((part, index) =>
    rehearsedBundle(bundles[index] ?? to, { part, upgrade: index === bundles.length - 1 ? policy : undefined }),
  );
  if (!old || !coming) throw new Error('no bundle was laid over');
  refuseRepeated(laid.bundles, workloads);
  refuseRepeatedPrerequisites(given, [
    { who: 'the bundle brings', objects: bundled },
    { who: 'the sample brings', objects: sample },
    { who: 'the workloads bring', objects: laid.workloads },
  ]);
  return {
    way,
    old,
    coming,
    differences: from ? differencesOf(from, to, cluster) : [],
    overlay: [...changes, ...counted.changes],
    soaks: way === 'upgrade' ? soaks : [],
    notes: way === 'upgrade' && from && policy.acknowledgeNotes ? notesOf(from.manifest, to.manifest) : [],
    namespaces: namespaces.objects,
    workloads,
    prerequisites,
    foreignKinds: foreignKinds({
      bundles: laid.bundles,
      workloads,
      prerequisites: given,
      sources: { ...from?.sources, ...to.sources },
    }),
    copies: { environment, namespaces: namespaces.made, standIns, objects },
    sample,
    team: counted.value,
  };
}

function differencesOf(from: Bundle, to: Bundle, cluster: string): BundleChange[] {
  const side = (bundle: Bundle) => ({ manifest: bundle.manifest, part: clusterBundle(bundle, cluster) });
  return bundleDifference(side(from), side(to));
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
