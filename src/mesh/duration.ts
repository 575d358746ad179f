const secondsIn: Record<string, number> = { h: 3600, m: 60, s: 1, ms: 0.001 };

/** Seconds of a duration such as `1m30s`, which the mesh's schema has checked. */
export function durationSeconds(duration: string): number {
  return [...duration.matchAll(/(\d+(?:\.\d+)?)(h|ms|m|s)/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (secondsIn[unit ?? ''] ?? 0),
    0,
  );
}
