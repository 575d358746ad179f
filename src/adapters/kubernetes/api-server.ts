import http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { KubeConfig } from '@kubernetes/client-node';
import { DeliveryError, messageOf } from '../../errors.ts';

export interface KubeconfigSource {
  /** Path of a kubeconfig file; without it KUBECONFIG and then the user's default file. */
  kubeconfig?: string;
  context: string;
}

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query: `/api/v1/namespaces?limit=1`. */
  path: string;
  contentType?: string;
  body?: unknown;
  /** Whether silence is nothing unusual: a watch. */
  patient?: boolean;
  signal?: AbortSignal;
}

export interface ApiResponse {
  status: number;
  /** Parsed JSON; a text where the server sent something else. */
  body: unknown;
}

/** One API server, spoken to in raw JSON; the kubeconfig gives address and credentials, nothing else. */
export interface ApiServer {
  readonly address: string;
  /** Answers of any status, after retries of what a retry can help: 429, 502 to 504 and lost connections. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** The response as it arrives, for watches. */
  open(request: ApiRequest): Promise<http.IncomingMessage>;
}

const connections = 32;
/** Milliseconds of silence after which a request counts as lost; a watch is silent for minutes. */
const patience = 60_000;
const retryDelays = [100, 300, 1000, 3000];
const retryableStatus = new Set([429, 502, 503, 504]);

/** Connects to the cluster of a context; throws `KubeconfigInvalid` when the kubeconfig does not lead to one. */
export function openApiServer(source: KubeconfigSource): ApiServer {
  let connection = connect(source);
  const address = connection.server;

  async function open(request: ApiRequest): Promise<http.IncomingMessage> {
    const response = await send(await connection.options(), request);
    if (response.statusCode !== 401) return response;
    response.resume();
    // Exec plugins and rotated files hand out new credentials only to a kubeconfig that is read again.
    connection = connect(source);
    return send(await connection.options(), request);
  }

  async function attempt(request: ApiRequest): Promise<ApiResponse & { retryAfter?: number }> {
    const response = await open(request);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const retryAfter = Number(response.headers['retry-after']);
    return {
      status: response.statusCode ?? 0,
      body: parse(text),
      ...(Number.isFinite(retryAfter) ? { retryAfter: retryAfter * 1000 } : {}),
    };
  }

  async function request(request: ApiRequest): Promise<ApiResponse> {
    for (const delay of retryDelays) {
      try {
        const response = await attempt(request);
        if (!retryableStatus.has(response.status)) return response;
        await sleep(response.retryAfter ?? delay, undefined, { ...(request.signal ? { signal: request.signal } : {}) });
      } catch (error) {
        if (!isLostConnection(error, request)) throw unreachable(source, address, error);
        await sleep(delay);
      }
    }
    try {
      return await attempt(request);
    } catch (error) {
      throw unreachable(source, address, error);
    }
  }

  return { address, request, open };
}

interface Connection {
  server: string;
  options(): Promise<https.RequestOptions>;
}

function connect(source: KubeconfigSource): Connection {
  const config = new KubeConfig();
  try {
    if (source.kubeconfig === undefined) config.loadFromDefault();
    else config.loadFromFile(source.kubeconfig);
  } catch (error) {
    throw new DeliveryError(
      `kubeconfig ${source.kubeconfig ?? '(default)'} cannot be read: ${messageOf(error)}; give the path of a kubeconfig file`,
      { code: 'KubeconfigInvalid', kind: 'usage', cause: error },
    );
  }
  const known = config.getContexts().map((context) => context.name);
  if (!known.includes(source.context)) {
    throw new DeliveryError(
      `kubeconfig ${source.kubeconfig ?? '(default)'} has no context "${source.context}" (it has: ${known.join(', ') || 'none'}); correct the context in the mesh file or give another kubeconfig`,
      { code: 'KubeconfigInvalid', kind: 'usage' },
    );
  }
  config.setCurrentContext(source.context);
  const cluster = config.getCurrentCluster();
  if (!cluster) {
    throw new DeliveryError(`context "${source.context}" names a cluster that the kubeconfig does not have`, {
      code: 'KubeconfigInvalid',
      kind: 'usage',
    });
  }
  if (cluster.skipTLSVerify) {
    throw new DeliveryError(
      `context "${source.context}" sets insecure-skip-tls-verify; give the cluster's certificate-authority-data instead`,
      { code: 'KubeconfigInvalid', kind: 'usage' },
    );
  }
  const url = new URL(cluster.server);
  let agent: http.Agent | undefined;
  return {
    server: cluster.server,
    async options() {
      const options: https.RequestOptions = {};
      await config.applyToHTTPSOptions(options);
      const { headers, agent: made, ca, cert, key, pfx, passphrase, servername } = options;
      const tls = { ca, cert, key, pfx, passphrase, servername };
      // One pool for the whole run; client-node makes an agent, and so a TLS handshake, for every request.
      agent ??= cluster.proxyUrl
        ? (made as http.Agent)
        : url.protocol === 'https:'
          ? new https.Agent({ ...tls, keepAlive: true, maxSockets: connections })
          : new http.Agent({ keepAlive: true, maxSockets: connections });
      return {
        ...(headers ? { headers } : {}),
        agent,
        protocol: url.protocol,
        hostname: url.hostname,
        ...(url.port ? { port: url.port } : {}),
        path: url.pathname.replace(/\/$/, ''),
      };
    },
  };
}

function send(options: https.RequestOptions, request: ApiRequest): Promise<http.IncomingMessage> {
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  return new Promise((resolve, reject) => {
    const transport = options.protocol === 'http:' ? http : https;
    const sent = transport.request({
      ...options,
      method: request.method,
      path: `${options.path ?? ''}${request.path}`,
      headers: {
        ...options.headers,
        Accept: 'application/json',
        ...(body ? { 'Content-Type': request.contentType ?? 'application/json', 'Content-Length': body.length } : {}),
      },
      ...(request.signal ? { signal: request.signal } : {}),
    });
    sent.once('response', resolve);
    sent.once('error', reject);
    sent.setTimeout(request.patient ? 0 : patience, () => {
      sent.destroy(Object.assign(new Error(`no answer within ${patience / 1000} s`), { code: 'ETIMEDOUT' }));
    });
    sent.end(body);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

function isLostConnection(error: unknown, request: ApiRequest): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  // A POST whose answer was lost may have been carried out; everything else can be sent again.
  if (request.method === 'POST') return code === 'ECONNREFUSED';
  return code === 'ECONNRESET' || code === 'ECONNREFUSED' || code === 'EPIPE' || code === 'ETIMEDOUT';
}

function unreachable(source: KubeconfigSource, address: string, error: unknown): unknown {
  if (error instanceof DeliveryError || (error instanceof Error && error.name === 'AbortError')) return error;
  return new DeliveryError(
    `API server ${address} (context "${source.context}") cannot be reached: ${messageOf(error)}; check the cluster and the network to it`,
    { code: 'ClusterUnreachable', retryable: true, cause: error },
  );
}
