import type { ProbeResult } from './probe-result.ts';

/** Watches the mesh's traffic while something changes it. */
export interface TrafficWatch {
  /**
   * Judges what was measured since the baseline. Throws `TrafficFailed`, or `TrafficUnknown` (retryable) where too
   * little was measured to say anything; both name the targets and why.
   */
  check(after: string): Promise<void>;
}

/** What the traffic is watched for; it decides what a failing request means. */
export type WatchedChange = 'promotion' | 'upgrade' | 'rollback';

/** The watch of one change in one cluster. */
export interface TrafficRun extends TrafficWatch {
  /**
   * Measures what the change is compared with, at the first call. Throws `TrafficUnknown` (retryable) where it must not
   * be begun; a check begins by itself where nobody has.
   */
  begin(): Promise<void>;
  /** Ends the measuring, whatever has come of it, and tells all of it; undefined where nothing was measured. */
  stop(): Promise<ProbeResult | undefined>;
}
