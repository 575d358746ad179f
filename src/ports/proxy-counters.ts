/** Requests of a workload's own to one host and port, as its proxy has counted them since it started. */
export interface OutboundRequests {
  /** `storefront.shop.svc.cluster.local:8080`. */
  host: string;
  answered: number;
  /** Answered with a status of 500 or above, by the host or in its place. */
  failed: number;
}

/** Asks the proxies of one cluster what they have counted. */
export interface ProxyCounters {
  /** Throws where the proxy cannot be asked. */
  outbound(pod: { namespace: string; name: string }): Promise<OutboundRequests[]>;
}
