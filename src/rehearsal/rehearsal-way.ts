import type { BundleManifest } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';

/** What is rehearsed: the first promotion, one at the same revision, or the move to another. */
export type RehearsalWay = 'first install' | 'promotion' | 'upgrade';

/** How a cluster that runs `from` comes to `to`; throws for two bundles that no rehearsal is about. */
export function rehearsalWay(
  from: BundleManifest | undefined,
  to: BundleManifest,
  { rollback }: { rollback: boolean },
): RehearsalWay {
  if (from && from.mesh !== to.mesh) {
    throw unusable(`from is a bundle of mesh ${from.mesh}, to one of mesh ${to.mesh}; give two bundles of one mesh`);
  }
  const way = !from ? 'first install' : from.istio.revision === to.istio.revision ? 'promotion' : 'upgrade';
  if (rollback && way !== 'upgrade') {
    throw unusable(`a rollback is that of an upgrade, and this is a ${way}; leave rollback out`);
  }
  return way;
}

function unusable(reason: string): DeliveryError {
  return new DeliveryError(`nothing can be rehearsed: ${reason}`, { code: 'NothingToRehearse', kind: 'usage' });
}
