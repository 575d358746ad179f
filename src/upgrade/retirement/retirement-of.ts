import type { UpgradeRun } from '../upgrade-run.ts';
import type { Retirement } from './retire.ts';

/** What the end of an upgrade deletes: what the old bundle alone has, as far as it was approved. */
export function retirementOf({ old, new: coming }: UpgradeRun): Retirement {
  const { approved } = coming;
  return { leaving: old, staying: coming, ...(approved ? { approved: approved.changes } : {}) };
}
