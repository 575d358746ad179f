import { DeliveryError } from '../../errors.ts';
import type { OutboundRequests, ProxyCounters } from '../../ports/proxy-counters.ts';
import { openApiServer } from './api-server.ts';
import type { KubeconfigSource } from './kubeconfig-connection.ts';

/** The port at which every proxy of Istio tells its statistics. */
const statisticsPort = 15090;

/** Reads the statistics of proxies through the proxy to pods that every API server has. */
export function proxyCounters({ signal, ...source }: KubeconfigSource & { signal: AbortSignal }): ProxyCounters {
  const server = openApiServer(source);
  return {
    async outbound({ namespace, name }) {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}:${statisticsPort}/proxy/stats/prometheus?usedonly&filter=upstream_rq`;
      // A pod that is gone is not asked again.
      const response = await server.open({ method: 'GET', path, isForeign: true, signal });
      const chunks: Buffer[] = [];
      for await (const chunk of response) chunks.push(chunk as Buffer);
      if (response.statusCode === 200) return parseOutbound(Buffer.concat(chunks).toString('utf8'));
      throw new DeliveryError(
        `proxy of Pod ${namespace}/${name} did not tell its statistics: HTTP ${response.statusCode}`,
        { code: 'StatisticsUnavailable', retryable: true },
      );
    },
  };
}

/** The counters of answers by class and cluster, as Envoy prints them for Prometheus. */
export function parseOutbound(text: string): OutboundRequests[] {
  const found = new Map<string, OutboundRequests>();
  for (const [, labels = '', value = '0'] of text.matchAll(/^envoy_cluster_upstream_rq(?:_xx)?\{([^}]*)\} (\d+)/gm)) {
    const [, port, name] = /cluster_name="outbound\|(\d+)\|[^|"]*\|([^";]+);?"/.exec(labels) ?? [];
    const [, status] = /response_code_class="(\d)(?:xx)?"/.exec(labels) ?? [];
    if (name === undefined || status === undefined) continue;
    const host = `${name}:${port}`;
    const known = found.get(host) ?? { host, answered: 0, failed: 0 };
    found.set(host, known);
    known.answered += Number(value);
    if (status === '5') known.failed += Number(value);
  }
  return [...found.values()];
}
