import type { UpgradePolicy } from '../mesh/upgrade-policy.ts';
import type { ShortenedSoak } from './rehearsal.ts';

/** The policy with no soak longer than so many seconds, and each that was. */
export function shortenSoaks(policy: UpgradePolicy, most: number): { policy: UpgradePolicy; soaks: ShortenedSoak[] } {
  const soaks = [
    ...policy.groups.map(({ name, soak }) => ({ of: `group ${name}`, seconds: soak })),
    { of: 'the whole mesh', seconds: policy.soak },
  ]
    .filter(({ seconds }) => seconds > most)
    .map((soak) => ({ ...soak, rehearsed: most }));
  const groups = policy.groups.map((group) => ({ ...group, soak: Math.min(group.soak, most) }));
  return { policy: { ...policy, groups, soak: Math.min(policy.soak, most) }, soaks };
}
