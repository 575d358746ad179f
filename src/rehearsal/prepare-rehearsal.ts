import type { Bundle, ClusterBundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { missingNamespaces } from './missing-namespaces.ts';
import type { Overlay } from './overlay/overlay.ts';
import { overlayBundles } from './overlay/overlay-bundle.ts';
import type { OverlayChange } from './rehearsal.ts';
import type { RehearsalWay } from './rehearsal-way.ts';

export interface RehearsalPlan {
  way: RehearsalWay;
  /** What is installed first, as the rehearsal applies it. */
  old: Bundle;
  /** What it comes to; the same where a first install is rehearsed. */
  coming: Bundle;
  overlay: OverlayChange[];
  /** Namespaces that nothing brings along. */
  namespaces: KubernetesObject[];
  /** What carries the traffic: the sample's objects and the team's own. */
  workloads: KubernetesObject[];
}

export interface RehearsedBundles {
  way: RehearsalWay;
  /** What the environment runs now; a first install is rehearsed where it is not given. */
  from?: Bundle;
  to: Bundle;
  /** Cluster of the bundles whose objects are applied. */
  cluster: string;
  overlay: Overlay;
  workloads: KubernetesObject[];
}

/** Everything about a rehearsal that can be known, and refused, before there is a cluster for it. */
export function prepareRehearsal(rehearsed: RehearsedBundles): RehearsalPlan {
  const { way, from, to, cluster, overlay, workloads } = rehearsed;
  const bundles = from ? [from, to] : [to];
  const laid = overlayBundles(
    bundles.map((bundle) => clusterBundle(bundle, cluster)),
    overlay,
  );
  const [old = to, coming = old] = bundles.map((bundle, index): Bundle => {
    const part = laid.value[index];
    return part ? { ...bundle, clusters: { [cluster]: part } } : bundle;
  });
  refuseRepeated(laid.value, workloads);
  const namespaces = missingNamespaces(laid.value, workloads, to.manifest.upgrade);
  return { way, old, coming, overlay: laid.changes, namespaces, workloads };
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
