import type { StoredBundle } from '../apply/stored-bundle.ts';
import type { JournalKeeper } from './keep-journal.ts';
import type { MoveProgress } from './move-progress.ts';
import type { ProxyCensus } from './proxy-census.ts';
import type { LockedContext } from './upgrade-context.ts';

/** One run of an upgrade in one cluster, under its lock. */
export interface UpgradeRun {
  context: LockedContext;
  keeper: JournalKeeper;
  old: StoredBundle;
  new: StoredBundle;
  census: ProxyCensus;
  progress: MoveProgress;
}
