/** Delays between attempts, in milliseconds. */
export interface Backoff {
  first: number;
  longest: number;
}

/** The delay before attempt `failures + 1`: doubled each time, then taken anywhere in its upper half (`random` is 0 to 1). */
export function backoffDelay({ first, longest }: Backoff, failures: number, random: number): number {
  const full = Math.min(longest, first * 2 ** Math.min(failures, 30));
  return Math.round(full / 2 + (full / 2) * random);
}
