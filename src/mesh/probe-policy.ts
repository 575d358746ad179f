/** One address that the probe asks, over and over at the same rate. */
export interface HttpTarget {
  /** Unique in the mesh file; the container that asks it is named after it. */
  name: string;
  url: string;
  method: string;
  headers: Record<string, string>;
  /** Requests a second. */
  rate: number;
}

/** What is still good enough. */
export interface ProbeThresholds {
  /** Percentage of requests that must be answered with a status from 200 to 399. */
  success: number;
  /** Milliseconds that the 99th percentile may take; absent where it does not matter. */
  p99?: number;
  /** How many times the 99th percentile of the baseline may be taken; absent where it does not matter. */
  slowdown?: number;
  /** The same of the median. */
  medianSlowdown?: number;
  /** Milliseconds by which the median may rise however many times that is, and the 99th percentile forty times as many. */
  noise?: number;
  /**
   * Headers, in lower case, that answers may lose: any other that they all had must stay, and so must their status.
   * Absent where what is answered does not matter.
   */
  mayLose?: string[];
  /** Number of requests below which nothing can be said about a target. */
  minimum: number;
}

/** How the load generator runs. Its image holds `vegeta` and a shell. */
export interface LoadSettings {
  image: string;
  pullPolicy: 'Always' | 'IfNotPresent' | 'Never';
  /** Namespace of its pod; that of the control plane otherwise. */
  namespace?: string;
}

/** A question to Prometheus whose answer, a scalar or a vector, must lie within bounds in every element. */
export interface MetricQuery {
  name: string;
  query: string;
  min?: number;
  max?: number;
}

/**
 * What is looked at beside the requests. `proxies`: each has acknowledged its configuration · `webhooks`: the injectors
 * answer · `certificates`: those of new proxies end in the root of before.
 */
export const checkNames = ['proxies', 'webhooks', 'certificates'] as const;

export type CheckName = (typeof checkNames)[number];

/**
 * How the mesh is asked whether its traffic is well while something changes. Left out at the first promotion to a
 * cluster: nothing answers there yet.
 */
export interface ProbePolicy {
  targets: HttpTarget[];
  thresholds: ProbeThresholds;
  load: LoadSettings;
  /** Seconds that are measured before a change, to compare with. */
  baseline: number;
  /** Seconds that are measured after a step before it is judged. */
  settle: number;
  checks: CheckName[];
  prometheus?: { url: string; queries: MetricQuery[] };
}
