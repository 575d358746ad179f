import type { Bundle } from '../bundle/bundle.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import type { KubernetesObject } from '../ports/objects.ts';
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
  const namespaces = missingNamespaces(laid.value, workloads, to.manifest.upgrade);
  return { way, old, coming, overlay: laid.changes, namespaces, workloads };
}
