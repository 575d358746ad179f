import type { ClusterUpgrade, UpgradeCommand } from './cluster-upgrade.ts';

/** What an environment was asked for. */
export interface Asked {
  command: UpgradeCommand;
  /** Digest of the bundle. */
  bundle: string;
}

type Told = Pick<ClusterUpgrade, 'code' | 'journal'>;

/**
 * The end that the command is for, where a cluster without an open upgrade is there already: an earlier run retired
 * the old revision there, or there is nothing of this upgrade to take back.
 */
function endOf({ code, journal }: Told, { command, bundle }: Asked): 'finished' | 'rolled back' | undefined {
  if (code !== 'NoUpgradeOpen') return undefined;
  const isFinished = journal?.state === 'finished' && journal.new.bundle === bundle;
  if (command === 'finish') return isFinished ? 'finished' : undefined;
  return command === 'rollback' && !isFinished ? 'rolled back' : undefined;
}

/** Whether the command has nothing left to do in the cluster. */
export function isOverAlready(outcome: Told, asked: Asked): boolean {
  return endOf(outcome, asked) !== undefined;
}

/** Clusters where nothing was left to do are as far as the others; where it is so in all of them, they stay refused. */
export function countOverAlready(outcomes: readonly ClusterUpgrade[], asked: Asked): ClusterUpgrade[] {
  if (outcomes.every((outcome) => isOverAlready(outcome, asked))) return [...outcomes];
  return outcomes.map((outcome) => {
    const end = endOf(outcome, asked);
    if (end === undefined) return outcome;
    const { code: _code, reason: _reason, ...rest } = outcome;
    return { ...rest, result: end };
  });
}
