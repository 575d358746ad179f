import { prometheusMetrics } from '../adapters/prometheus/prometheus.ts';
import type { WatchTraffic } from '../apply/watch-traffic.ts';
import type { BundleManifest } from '../bundle/bundle.ts';
import { watchTraffic } from '../probe/watch-traffic.ts';
import type { JobContext } from './job.ts';
import type { ProxySourcesOf } from './proxy-sources.ts';

export interface TrafficSources {
  kubeconfig: string | undefined;
  sourcesOf: ProxySourcesOf;
}

/** How a bundle wants the traffic to be watched while it is brought; nothing where it does not. */
export function trafficOf(
  { probe: policy, namespaces }: Pick<BundleManifest, 'probe' | 'namespaces'>,
  { kubeconfig, sourcesOf }: TrafficSources,
  { clock, reporter }: JobContext,
): { watchTraffic?: WatchTraffic } {
  if (policy === undefined) return {};
  const namespace = namespaces.controlPlane;
  return {
    watchTraffic: (target, { cluster, change, signal }) => {
      const { secret } = reporter;
      const source = { context: target.context, secret, ...(kubeconfig === undefined ? {} : { kubeconfig }) };
      const url = policy.prometheus?.url;
      const metrics = url === undefined ? {} : { metrics: prometheusMetrics({ url, cluster: source, signal }) };
      const proxySources = sourcesOf(target);
      return watchTraffic(cluster, change, { policy, namespace, ...metrics, proxySources, clock, reporter, signal });
    },
  };
}
