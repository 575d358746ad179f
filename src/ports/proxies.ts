/** One proxy as the control plane that serves it sees it. */
export interface ConnectedProxy {
  pod: string;
  namespace: string;
  /** Version of Istio that the proxy says it is. */
  version: string;
  /** Everything that was sent to it has been acknowledged. */
  synced: boolean;
  /** What is not, in words: `LDS was rejected`, `CDS was not acknowledged`; absent when it is synced. */
  reason?: string;
  /** The proxy refused what was sent to it, which waiting seldom mends. */
  rejected?: boolean;
}

/** Asks the control planes of one cluster about their proxies. */
export interface ProxyDirectory {
  /** Every proxy that is connected to an istiod of the revision. Throws `ProxyStatusUnavailable` (retryable, unless a right is missing). */
  connected(revision: string): Promise<ConnectedProxy[]>;
}
