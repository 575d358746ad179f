import http from 'node:http';
import https from 'node:https';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { Metrics } from '../../ports/metrics.ts';
import { openApiServer } from '../kubernetes/api-server.ts';
import type { KubeconfigSource } from '../kubernetes/kubeconfig-connection.ts';

export interface PrometheusConnection {
  /** `https://prometheus.example`, or `service://namespace/name:port` behind the API server of the cluster. */
  url: string;
  /** Leads to that API server. */
  cluster: KubeconfigSource;
  /** Milliseconds that an answer may take. */
  timeout?: number;
  /** Ends every question when it is aborted. */
  signal: AbortSignal;
}

interface Answer {
  status: number;
  body: unknown;
}

/** Asks for a path of Prometheus' own: `/api/v1/query?query=up`. */
type Ask = (path: string, signal: AbortSignal) => Promise<Answer>;

/** Prometheus through its HTTP API: https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
export function prometheusMetrics({ url, cluster, timeout = 10_000, signal }: PrometheusConnection): Metrics {
  const ask = url.startsWith('service://') ? throughApiServer(url, cluster) : directly(url);
  return {
    async query(text) {
      signal.throwIfAborted();
      const inTime = AbortSignal.timeout(timeout);
      try {
        const path = `/api/v1/query?${new URLSearchParams({ query: text })}`;
        return valuesOf(await ask(path, AbortSignal.any([signal, inTime])));
      } catch (error) {
        signal.throwIfAborted();
        const reason = inTime.aborted ? `no answer within ${timeout / 1000} s` : messageOf(error);
        throw new DeliveryError(
          `Prometheus at ${url} does not answer: ${reason}; see that it runs and can be reached`,
          {
            code: 'MetricsUnavailable',
            retryable: true,
            cause: error,
          },
        );
      }
    },
  };
}

function directly(url: string): Ask {
  const base = url.replace(/\/$/, '');
  return async (path, signal) => {
    const response = await get(`${base}${path}`, signal);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    return { status: response.statusCode ?? 0, body: parsed(text) };
  };
}

function get(url: string, signal: AbortSignal): Promise<http.IncomingMessage> {
  const { request } = url.startsWith('https:') ? https : http;
  return new Promise((resolve, reject) => {
    request(url, { headers: { Accept: 'application/json', 'User-Agent': 'istio-delivery' }, signal }, resolve)
      .once('error', reject)
      .end();
  });
}

/** Through the proxy to a Service that every API server has. */
function throughApiServer(url: string, cluster: KubeconfigSource): Ask {
  const [, namespace, service, prefix = ''] = /^service:\/\/([^/]+)\/([^/]+)(\/.*)?$/.exec(url) ?? [];
  const root = `/api/v1/namespaces/${namespace}/services/${service}/proxy${prefix.replace(/\/$/, '')}`;
  const server = openApiServer(cluster);
  return (path, signal) => server.request({ method: 'GET', path: `${root}${path}`, isForeign: true, signal });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

interface Said {
  data?: Data;
  /** Of Prometheus. */
  error?: string;
  /** Of an API server. */
  message?: string;
}

type Data =
  | { resultType: 'scalar'; result: [number, string] }
  | { resultType: 'vector'; result: { value: [number, string] }[] }
  | { resultType: 'matrix' | 'string' };

function valuesOf({ status, body }: Answer): number[] {
  const { data, error, message } = (typeof body === 'object' ? (body ?? {}) : {}) as Said;
  if (status !== 200 || data === undefined) {
    const said = error ?? message ?? (typeof body === 'string' ? body.slice(0, 200) : 'no data');
    throw new Error(`HTTP ${status}: ${said}`);
  }
  switch (data.resultType) {
    case 'scalar':
      return [numberOf(data.result[1])];
    case 'vector':
      return data.result.map(({ value }) => numberOf(value[1]));
    case 'matrix':
    case 'string':
      throw new Error(`the answer is a ${data.resultType}, not a scalar or a vector`);
  }
}

function numberOf(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}
