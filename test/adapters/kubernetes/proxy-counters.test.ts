import { expect, test } from 'vitest';
import { parseOutbound } from '../../../src/adapters/kubernetes/proxy-counters.ts';

test('reads by host how many requests were answered and how many failed, as Istio names the statistics', () => {
  const text = `# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_upstream_rq{response_code_class="2xx",cluster_name="outbound|8080||storefront.shop.svc.cluster.local;"} 1936
envoy_cluster_upstream_rq{response_code_class="5xx",cluster_name="outbound|8080||storefront.shop.svc.cluster.local;"} 13
envoy_cluster_upstream_rq{response_code="503",cluster_name="outbound|8080||storefront.shop.svc.cluster.local;"} 13
envoy_cluster_upstream_rq{response_code_class="4xx",cluster_name="outbound|80|v2|cart.shop.svc.cluster.local;"} 5
envoy_cluster_upstream_rq{response_code_class="5xx",cluster_name="inbound|8080||;"} 7
envoy_cluster_upstream_rq_pending_total{cluster_name="outbound|80||cart.shop.svc.cluster.local;"} 5
`;
  expect(parseOutbound(text)).toEqual([
    { host: 'storefront.shop.svc.cluster.local:8080', answered: 1949, failed: 13 },
    { host: 'cart.shop.svc.cluster.local:80', answered: 5, failed: 0 },
  ]);
});

test("reads the same as Envoy's own tags name it", () => {
  const text =
    'envoy_cluster_upstream_rq_xx{envoy_response_code_class="5",envoy_cluster_name="outbound|80||cart.shop"} 2\n';
  expect(parseOutbound(text)).toEqual([{ host: 'cart.shop:80', answered: 2, failed: 2 }]);
});

test('knows nothing of a proxy that tells nothing', () => {
  expect(parseOutbound('')).toEqual([]);
});
