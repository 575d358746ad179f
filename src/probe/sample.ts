import type { Answer } from './answer.ts';

/** One request of the probe, as it ended. */
export interface Sample {
  /** When it was sent: milliseconds since 1970, by the clock of the cluster. */
  at: number;
  /** Milliseconds until its answer, or until it was given up. */
  latency: number;
  /** Why it failed: `status 503`, `read: connection reset by peer`; absent when it was answered well. */
  failure?: string;
  /** Of a request that was answered well, where its client tells of headers. */
  answer?: Answer;
}

/** When the request ended: milliseconds since 1970. */
export function endOf({ at, latency }: Sample): number {
  return at + latency;
}

/** ISO 8601, to the second. */
export function secondText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.\d+Z$/, 'Z');
}
