import type { OpenUpgrade } from '../../plan/open-upgrade.ts';
import { standsAt } from '../../plan/open-upgrade-commands.ts';
import { reasonsOf, valueOf } from './attempt.ts';
import type { HealthFacts } from './health-facts.ts';
import type { PartHealth } from './part-health.ts';

/** Whether nothing is on its way: no upgrade is open or has failed, no promotion is unfinished, and the record of it is genuine. */
export function upgradeHealth({ namespace, record, signed, upgrade }: HealthFacts): PartHealth {
  const open = valueOf(upgrade);
  const { bundle, since } = record?.inProgress ?? {};
  return {
    part: 'upgrades',
    troubles: [
      ...(open ? [openText(open)] : []),
      ...(valueOf(signed) === false
        ? [
            `the promotion record is not signed by the cluster: somebody who may write ConfigMaps in namespace ${namespace} changed it, or the cluster has new keys for its ServiceAccounts; promote again to have it signed`,
          ]
        : []),
      ...(bundle === undefined ? [] : [`the promotion of bundle ${bundle} is unfinished since ${since}`]),
    ],
    unknown: reasonsOf(upgrade, signed),
  };
}

function openText(open: OpenUpgrade): string {
  const { id, since, direction, failure } = open;
  const way = direction === 'back' ? `is being rolled back to ${open.old.istio.revision}` : 'is open';
  const subject = `upgrade ${id} to revision ${open.new.istio.revision} ${way} since ${since}`;
  if (failure) return `${subject} and failed at step ${failure.step} (${failure.code}): ${failure.reason}`;
  const step = standsAt(open)?.step;
  return step === undefined ? `${subject}: only finish is left` : `${subject}, at step ${step}`;
}
