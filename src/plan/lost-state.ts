import type { BundleManifest } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import { meshLabelled } from './cluster-state.ts';
import { type IstioInCluster, revisionOfIstiod } from './istio-in-cluster.ts';
import { upgradeJournalName } from './open-upgrade.ts';
import type { Change } from './plan.ts';
import { repairWords, unreadableCode } from './read-state.ts';

type Mesh = Pick<BundleManifest, 'mesh' | 'istio' | 'namespaces'>;

/** A promotion writes its record before anything else, so a control plane of the mesh without any was promoted all the same. */
export function refuseLostState(cluster: string, { mesh, namespaces }: Mesh, { istiods }: IstioInCluster): void {
  const ours = istiods.filter(
    (istiod) => istiod.metadata.namespace === namespaces.controlPlane && meshLabelled(istiod, mesh),
  );
  if (ours.length === 0) return;
  const revisions = ours.map(revisionOfIstiod).join(' and ');
  throw new DeliveryError(
    `cluster ${cluster} has a control plane of mesh ${mesh} (revision ${revisions}) and no record of its promotion in namespace ${namespaces.controlPlane}: somebody deleted it; restore it from a backup, or ${repairWords}`,
    { code: unreadableCode },
  );
}

/** Only an upgrade takes a control plane away: where a promotion would, the upgrade's journal was lost. */
export function refuseLostJournal(
  cluster: string,
  { istio, namespaces }: Mesh,
  prunes: readonly (Change | undefined)[],
): void {
  const control = prunes.find((change) => change?.action === 'delete' && isControlPlane(change));
  if (control === undefined) return;
  const { name } = control.id;
  throw new DeliveryError(
    `cluster ${cluster} has another control plane of the mesh than that of revision ${istio.revision} (Deployment ${namespaces.controlPlane}/${name}), and ConfigMap ${namespaces.controlPlane}/${upgradeJournalName} tells of no upgrade that is open: somebody deleted or changed it; restore it from a backup, or begin the upgrade again by upgrade start`,
    { code: unreadableCode },
  );
}

function isControlPlane({ id, before }: Extract<Change, { action: 'delete' }>): boolean {
  const { labels } = (before.metadata ?? {}) as { labels?: Record<string, string> };
  return id.kind === 'Deployment' && labels?.app === 'istiod';
}
