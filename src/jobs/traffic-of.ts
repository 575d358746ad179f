import { prometheusMetrics } from '../adapters/prometheus/prometheus.ts';
import type { WatchTraffic } from '../apply/watch-traffic.ts';
import type { BundleManifest } from '../bundle/bundle.ts';
import { watchTraffic } from '../probe/watch-traffic.ts';
import type { JobContext } from './job.ts';

/** How a bundle wants the traffic to be watched while it is brought; nothing where it does not. */
export function trafficOf(
  { probe: policy, namespaces }: BundleManifest,
  kubeconfig: string | undefined,
  { clock, reporter }: JobContext,
): { watchTraffic?: WatchTraffic } {
  if (policy === undefined) return {};
  const namespace = namespaces.controlPlane;
  return {
    watchTraffic: ({ context }, { cluster, change, signal }) => {
      const source = kubeconfig === undefined ? { context } : { context, kubeconfig };
      const url = policy.prometheus?.url;
      const metrics = url === undefined ? {} : { metrics: prometheusMetrics({ url, cluster: source, signal }) };
      return watchTraffic(cluster, change, { policy, namespace, ...metrics, clock, reporter, signal });
    },
  };
}
