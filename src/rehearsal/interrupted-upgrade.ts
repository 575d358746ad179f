import type { ClusterUpgrade } from '../upgrade/cluster-upgrade.ts';

const reason = 'the rehearsal was interrupted';

/** An upgrade that was interrupted says how somebody goes on with it, and nobody does with that of a rehearsal. */
export function interruptedUpgrade(outcome: ClusterUpgrade): ClusterUpgrade {
  const { journal } = outcome;
  const failure = journal?.failure && { ...journal.failure, reason };
  return { ...outcome, reason, ...(journal && failure ? { journal: { ...journal, failure } } : {}) };
}
