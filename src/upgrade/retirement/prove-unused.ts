import type { UpgradeContext } from '../upgrade-context.ts';
import { labelUses } from './label-uses.ts';
import { pointerUses } from './pointer-uses.ts';
import { connectedUses, podUses } from './proxy-uses.ts';
import { gatherRevisionFacts, type RevisionFacts } from './revision-facts.ts';
import type { LeavingRevision, RevisionUse } from './revision-use.ts';

/** Everything in the cluster that still uses a revision; empty is the proof that it may go. */
export async function revisionUses(context: UpgradeContext, leaving: LeavingRevision): Promise<RevisionUse[]> {
  return usesIn(await gatherRevisionFacts(context, leaving.revision), leaving);
}

/** What routes to the revision comes first: the rest often follows from it. */
export function usesIn(facts: RevisionFacts, leaving: LeavingRevision): RevisionUse[] {
  const uses = [...pointerUses(facts, leaving), ...labelUses(facts, leaving), ...podUses(facts, leaving)];
  return [...uses, ...connectedUses(facts, leaving)];
}
