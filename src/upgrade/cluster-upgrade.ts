import type { ProbeResult } from '../ports/probe-result.ts';
import type { Journal } from './journal.ts';
import type { PreflightFinding } from './preflight/preflight.ts';

/** What can be asked of an upgrade. */
export const upgradeCommands = ['start', 'resume', 'status', 'rollback', 'finish', 'pause'] as const;

export type UpgradeCommand = (typeof upgradeCommands)[number];

/** How one run of an upgrade ended in one cluster. */
export interface ClusterUpgrade {
  cluster: string;
  /**
   * `upgraded`: everything but the retirement is done. `stopped`: as far as was asked for, or it soaks.
   * `not started`: nothing was written to it, for the run was interrupted, or an earlier wave did not get through.
   */
  result: 'upgraded' | 'finished' | 'rolled back' | 'stopped' | 'paused' | 'failed' | 'refused' | 'not started';
  /** Of everything that did not get through. */
  code?: string;
  reason?: string;
  /** The run was interrupted from outside. */
  interrupted?: boolean;
  /** Of a failure or a refusal: nothing was written to it. */
  untouched?: true;
  /** What state the mesh is in now, in a sentence. */
  state: string;
  findings: PreflightFinding[];
  journal?: Journal;
  /** What was measured of the traffic; absent where nothing was. */
  probe?: ProbeResult;
}
