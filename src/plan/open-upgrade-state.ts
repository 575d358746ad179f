import type { OpenUpgrade, StepEntry, UpgradeFailure } from './open-upgrade.ts';
import {
  type BundleRole,
  type GivenBundle,
  type OpenCommand,
  type Outlook,
  openCommands,
  outlookOn,
  roleOf,
  standsAt,
} from './open-upgrade-commands.ts';
import type { StepId } from './upgrade-steps.ts';

/** One end of an upgrade, by the digest of its bundle. */
interface End {
  bundle: string;
  istio: { version: string; revision: string };
}

/** An upgrade that is open in a cluster, as the plan of a bundle shows it. Nothing in it changes by itself. */
export interface OpenUpgradeState {
  id: string;
  /** ISO 8601. */
  since: string;
  /** Digest of the plan under which it was approved. */
  plan: string;
  from: End;
  to: End;
  direction: OpenUpgrade['direction'];
  /** What the bundle of this plan is to it. */
  role: BundleRole;
  steps: { step: StepId; status: StepEntry['status'] }[];
  /** Where it stands; absent where nothing but the retirement is left. */
  step?: StepId;
  failure?: UpgradeFailure;
  /** Digests of the bundles whose configuration was promoted meanwhile. */
  promotions: string[];
  /** What each command with this bundle would do now. */
  commands: Record<OpenCommand, Outlook>;
}

export function openUpgradeState(open: OpenUpgrade, bundle: GivenBundle): OpenUpgradeState {
  const { id, since, plan, direction, steps, failure, promotions } = open;
  const step = standsAt(open)?.step;
  const end = ({ bundle, istio }: OpenUpgrade['old']): End => ({ bundle, istio });
  return {
    id,
    since,
    plan,
    from: end(open.old),
    to: end(open.new),
    direction,
    role: roleOf(bundle.digest, open),
    steps: steps.map(({ step, status }) => ({ step, status })),
    ...(step === undefined ? {} : { step }),
    ...(failure ? { failure } : {}),
    promotions: promotions.map(({ bundle }) => bundle),
    commands: Object.fromEntries(
      openCommands.map((command) => [command, outlookOn(command, bundle, open)]),
    ) as OpenUpgradeState['commands'],
  };
}
