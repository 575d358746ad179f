/** What of a cluster's ground does not work. */
export interface InfrastructureTrouble {
  /** In a few words: `node container rehearsal-control-plane exited with 137 (killed)`. */
  reason: string;
  /** It does not come back by itself; of what is only silent nobody knows yet. */
  certain: boolean;
}

/** What a cluster stands on: its nodes, the engine that runs them, its API server. */
export interface Infrastructure {
  /** Looks at it; undefined where all of it answers. Throws nothing, and ends within half a minute. */
  trouble(signal: AbortSignal): Promise<InfrastructureTrouble | undefined>;
}
