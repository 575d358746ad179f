/** What the requests to one target came to in one phase: that in which they ended. */
export interface TargetMeasurement {
  target: string;
  requests: number;
  failed: number;
  /** Failed requests whose connection was reset or closed under them. */
  resets: number;
  /** Answered well, a second. */
  throughput: number;
  /** Milliseconds over all requests, exact (nearest rank); 0 where there was none. */
  p50: number;
  p90: number;
  p99: number;
  max: number;
}

/** A stretch of time that is judged on its own: `before`, `promotion`, `upgrade`, `rollback`, `after`. */
export interface ProbePhase {
  name: string;
  /** ISO 8601. */
  from: string;
  to: string;
  targets: TargetMeasurement[];
}

/** What became of the requests that were sent to one target in one second. */
export interface ProbeSecond {
  /** The second, in milliseconds since 1970. */
  at: number;
  requests: number;
  failed: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  max: number;
}

/** Requests to one target that failed in one second for one reason. */
export interface FailedRequests {
  target: string;
  /** ISO 8601, to the second. */
  at: string;
  reason: string;
  count: number;
}

/** Where the answers of one target are not those that it gave before the change. */
export interface AnswerChange {
  target: string;
  phase: string;
  /** `status`, or `header x-frame-options`. */
  what: string;
  kind: 'lost' | 'changed' | 'new';
  /** What all answers said before; absent where it varied, and of what is new. */
  before?: string;
  /** What they say now; absent of what is lost. */
  now?: string;
  /** How many say so. */
  answers: number;
  /** When the first of them was asked: ISO 8601, to the second. */
  first: string;
}

/** What Prometheus answered to one question. */
export interface MetricAnswer {
  name: string;
  phase: string;
  /** The value furthest outside its bounds, or nearest to them; absent when Prometheus was silent. */
  value?: number;
  result: 'pass' | 'fail' | 'inconclusive';
  /** Of anything but a pass. */
  reason?: string;
}

/** What a look at the mesh has come to, beside its requests. */
export interface CheckAnswer {
  /** `proxies`, `webhooks`, `certificates`. */
  name: string;
  phase: string;
  result: 'pass' | 'fail' | 'inconclusive';
  /** What was seen, or why nothing was. */
  facts: string;
  /** The look could not be taken. */
  unseen?: true;
}

export interface ProbeVerdict {
  /** `inconclusive`: too little was measured to say anything. It is never taken for a pass. */
  result: 'pass' | 'fail' | 'inconclusive';
  /** What failed or could not be said, with its numbers; what was noticed, of a pass. */
  reasons: string[];
}

/** What was good enough for one target; what is absent was not judged. */
export interface TargetThresholds {
  target: string;
  /** Percentage of requests. */
  success: number;
  /** Milliseconds that the 99th percentile might take. */
  p99?: number;
  /** How many times as long as before the change it might take. */
  slowdown?: number;
  /** The same of the median. */
  medianSlowdown?: number;
  /** Milliseconds by which the median might rise anyway, and the 99th percentile forty times as many. */
  noise?: number;
  /** Headers that its answers might lose, or any other status; absent where its answers were not judged. */
  mayLose?: string[];
  /** Number of requests below which nothing was said. */
  minimum: number;
}

/** Everything that a probe has measured, and what it means. */
export interface ProbeResult {
  verdict: ProbeVerdict;
  thresholds: TargetThresholds[];
  phases: ProbePhase[];
  /** By target. */
  seconds: Record<string, ProbeSecond[]>;
  /** The first 1,000. */
  failures: FailedRequests[];
  answers: AnswerChange[];
  metrics: MetricAnswer[];
  checks: CheckAnswer[];
}
