/** What a daemon says of itself over its control socket (`GET /status`). */
export interface DaemonStatus {
  cluster: string;
  pid: number;
  istiods: IstiodStatus[];
  /** Proxies by the revision that injected them. */
  proxies: ProxyStatus[];
  /** Why the daemon cannot see the cluster at the moment; undefined when it can. */
  trouble?: string;
}

export interface IstiodStatus {
  revision: string;
  namespace: string;
  /** 0 while no process runs. */
  pid: number;
  ready: boolean;
  restarts: number;
  pods: number;
  reason?: string;
  /** Ports on 127.0.0.1; absent until its process was first started. */
  ports?: { http: number; https: number; grpc: number; secureGrpc: number; monitoring: number };
}

export interface ProxyStatus {
  revision: string;
  proxies: number;
  connected: number;
  synced: number;
}
