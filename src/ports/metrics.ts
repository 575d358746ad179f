/** Answers questions about what the mesh measures of itself. */
export interface Metrics {
  /** The value of every element of the answer, a scalar or a vector, now. Throws `MetricsUnavailable` (retryable). */
  query(text: string): Promise<number[]>;
}
