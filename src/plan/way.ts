import { type BundleManifest, type ClusterBundle, stages } from '../bundle/bundle.ts';
import { stageDigests } from '../bundle/bundle-digest.ts';
import { DeliveryError } from '../errors.ts';
import type { PromotedBundle, PromotionRecord } from './cluster-state.ts';
import type { OpenUpgrade } from './open-upgrade.ts';
import { roleOf } from './open-upgrade-commands.ts';
import { inPlaceRule } from './version-rules.ts';

/**
 * What a bundle means to a cluster: a `promotion` changes the mesh at its revision, an `upgrade` moves it to another
 * one, and while that is under way an `amendment` changes the teams' configuration and nothing else. The bundle that the
 * open upgrade goes to is its `continuation`: what is left of the upgrade.
 */
export type Way =
  | { kind: 'promotion' }
  | { kind: 'upgrade'; from: PromotedBundle }
  | { kind: 'amendment'; of: OpenUpgrade }
  | { kind: 'continuation'; of: OpenUpgrade };

interface GivenSide {
  manifest: BundleManifest;
  bundle: ClusterBundle;
  /** Whoever asks changes nothing but configuration while an upgrade is open, whichever bundle it is. */
  amends?: boolean;
}

/** What the bundle means to a cluster; refuses what neither a promotion nor an upgrade may do. */
export function wayOf(
  cluster: string,
  { manifest, bundle, amends = false }: GivenSide,
  { record, open }: { record: PromotionRecord | undefined; open: OpenUpgrade | undefined },
): Way {
  if (open && !amends && continues({ manifest, bundle }, open)) return { kind: 'continuation', of: open };
  if (open) return amendmentOf(cluster, { manifest, bundle }, open);
  const { istio } = manifest;
  const { current } = record ?? {};
  if (current === undefined) return { kind: 'promotion' };
  if (current.istio.revision !== istio.revision) return { kind: 'upgrade', from: current };
  const leap = inPlaceRule(current.istio.version, istio.version);
  if (leap === undefined) return { kind: 'promotion' };
  throw new DeliveryError(
    `bundle of Istio ${istio.version} cannot be promoted to cluster ${cluster}: ${leap.reason}; ${leap.cure}`,
    { code: 'VersionLeap', kind: 'refused' },
  );
}

/** With other configuration than the upgrade goes to by now, the bundle would take back what was promoted meanwhile. */
function continues({ manifest, bundle }: GivenSide, open: OpenUpgrade): boolean {
  const isTarget = roleOf(manifest.digest, open) === 'target' && open.direction === 'forward';
  return isTarget && stageDigests(bundle.stages).config === open.new.stages.config;
}

/** While an upgrade is under way, a bundle may differ from one of its two in the configuration and in nothing else. */
function amendmentOf(cluster: string, { manifest, bundle }: GivenSide, open: OpenUpgrade): Way {
  const digests = stageDigests(bundle.stages);
  const differing = [open.old, open.new].map((side) =>
    stages.filter((stage) => stage !== 'config' && digests[stage] !== side.stages[stage]),
  );
  if (differing.some((stages) => stages.length === 0)) return { kind: 'amendment', of: open };
  const { istio } = manifest;
  const side = istio.revision === open.old.istio.revision ? 0 : 1;
  throw new DeliveryError(
    `bundle ${manifest.digest} cannot be promoted to cluster ${cluster}: upgrade ${open.id} from ${open.old.istio.revision} to ${open.new.istio.revision} is under way since ${open.since}, and until it is over only configuration may change, while this bundle differs in ${differing[side]?.join(', ')}; finish the upgrade or roll it back first`,
    { code: 'UpgradeOpen', kind: 'refused' },
  );
}
