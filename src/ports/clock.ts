/** Time as the rooms see it, so that tests can own it. Milliseconds everywhere. */
export interface Clock {
  now(): Date;
  /** Milliseconds from a moment of no meaning, which pass evenly whatever the time of day is set to. */
  monotonic(): number;
  /** Resolves after `milliseconds`, or rejects with the signal's reason when it is aborted. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}
