/** How far an interrupted run came: the names of the clusters. */
export interface HowFar {
  /** In words: `promoted`. */
  done: readonly (readonly [cluster: string, what: string])[];
  /** Something was written, and not all of it. */
  halfway: readonly string[];
  /** Nothing was written. */
  untouched: readonly string[];
}

/** Why an interrupted run ends; `what` is the run, `goOn` what to do then. */
export function interruptionText(what: string, { done, halfway, untouched }: HowFar, goOn: string): string {
  if (done.length === 0 && halfway.length === 0) return `${what} was interrupted, nothing was written; run it again`;
  const parts = [
    ...done.map(([cluster, word]) => `${cluster} is ${word}`),
    ...halfway.map((cluster) => `${cluster} was left halfway`),
    ...untouched.map((cluster) => `${cluster} was not begun`),
  ];
  return `${what} was interrupted: ${parts.join('; ')}; ${goOn}`;
}
