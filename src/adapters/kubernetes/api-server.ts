import type http from 'node:http';
import https from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeliveryError, messageOf } from '../../errors.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { connect, type KubeconfigSource } from './kubeconfig-connection.ts';
import { warningTexts } from './warning-texts.ts';

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path and query: `/api/v1/namespaces?limit=1`. */
  path: string;
  contentType?: string;
  /** Form of the answer; JSON where nothing is said. */
  accept?: string;
  body?: unknown;
  /** Whether silence is nothing unusual: a watch, or a log that is followed. */
  patient?: boolean;
  /** Whether it is not the API server that answers, but something behind it. */
  isForeign?: boolean;
  signal?: AbortSignal;
}

export interface ApiResponse {
  status: number;
  /** Parsed JSON; a text where the server sent something else. */
  body: unknown;
  /** The texts of its `Warning` headers. */
  warnings: string[];
}

/** One API server, spoken to in raw JSON; the kubeconfig gives address and credentials, nothing else. */
export interface ApiServer {
  readonly address: string;
  /** Answers of any status, after retries of what a retry can help: 429, 502 to 504 and lost connections. */
  request(request: ApiRequest): Promise<ApiResponse>;
  /** The response as it arrives, for watches. */
  open(request: ApiRequest): Promise<http.IncomingMessage>;
}

/** Milliseconds of silence after which a request counts as lost; a watch is silent for minutes. */
const patience = 60_000;
const retryDelays = [100, 300, 1000, 3000];
/** However long a server asks to stay away. */
const longestRetry = 10_000;
const retryableStatus = new Set([429, 502, 503, 504]);

/** Connects to the cluster of a context; throws `KubeconfigInvalid` when the kubeconfig does not lead to one. */
export function openApiServer(source: KubeconfigSource): ApiServer {
  let connection = connect(source);
  const address = connection.server;

  async function open(request: ApiRequest): Promise<http.IncomingMessage> {
    const response = await send(await connection.options(request), request);
    if (response.statusCode !== 401) return response;
    response.resume();
    // Exec plugins and rotated files hand out new credentials only to a kubeconfig that is read again.
    connection = connect(source);
    return send(await connection.options(request), request);
  }

  async function attempt(request: ApiRequest): Promise<ApiResponse & { retryAfter?: number }> {
    const response = await open(request);
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body = parse(text);
    const strange = request.isForeign ? undefined : strangeness(response, request, body);
    if (strange !== undefined) throw notAnApiServer(source, address, strange);
    const retryAfter = Number(response.headers['retry-after']);
    return {
      status: response.statusCode ?? 0,
      body,
      warnings: warningTexts(response.headers.warning),
      ...(Number.isFinite(retryAfter) ? { retryAfter: retryAfter * 1000 } : {}),
    };
  }

  async function request(request: ApiRequest): Promise<ApiResponse> {
    const { signal } = request;
    const pause = (milliseconds: number) => sleep(milliseconds, undefined, signal ? { signal } : {});
    for (const delay of retryDelays) {
      try {
        const response = await attempt(request);
        if (!retryableStatus.has(response.status)) return response;
        await pause(Math.min(response.retryAfter ?? delay, longestRetry));
      } catch (error) {
        if (!isLostConnection(error, request)) throw unreachable(source, address, error);
        await pause(delay);
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

function send(options: https.RequestOptions, request: ApiRequest): Promise<http.IncomingMessage> {
  const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
  return new Promise((resolve, reject) => {
    const sent = https.request({
      ...options,
      method: request.method,
      path: `${options.path ?? ''}${request.path}`,
      headers: {
        ...options.headers,
        Accept: request.accept ?? 'application/json',
        // What the API server takes for the field manager where a write names none.
        'User-Agent': 'istio-delivery',
        ...(body ? { 'Content-Type': request.contentType ?? 'application/json', 'Content-Length': body.length } : {}),
      },
      ...(request.signal ? { signal: request.signal } : {}),
    });
    sent.once('response', resolve);
    sent.once('error', reject);
    // A watch whose other end is gone without a word is noticed by the kernel.
    sent.setSocketKeepAlive(true, patience / 2);
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

/** What an answer has that no API server gives; undefined for one as they give. A login page or a proxy says yes to everything. */
function strangeness(
  { statusCode = 0, headers }: http.IncomingMessage,
  { path }: ApiRequest,
  body: unknown,
): string | undefined {
  if (statusCode >= 300 && statusCode < 400) return `it leads elsewhere (${statusCode}, ${placeOf(headers.location)})`;
  if (statusCode >= 300) return undefined;
  if (typeof body === 'string') return `it says ${JSON.stringify(body.slice(0, 80))}`;
  const mark = markOf(path);
  return isMapping(body) && body[mark] !== undefined ? undefined : `its answer to ${path} has no "${mark}"`;
}

/** What every answer of an API server has: objects and lists their kind. */
function markOf(path: string): string {
  if (path === '/version') return 'gitVersion';
  return path === '/openid/v1/jwks' ? 'keys' : 'kind';
}

/** The host of an address, whose path and query may hold what nobody should read. */
function placeOf(location: string | undefined): string {
  return location !== undefined && URL.canParse(location) ? new URL(location).host : 'to another path';
}

function notAnApiServer({ context }: KubeconfigSource, address: string, how: string): DeliveryError {
  return new DeliveryError(
    `${address} (context "${context}") does not answer as an API server does: ${how}; check the server in the kubeconfig, and what stands between`,
    { code: 'ClusterUnreachable', retryable: true },
  );
}

function unreachable(source: KubeconfigSource, address: string, error: unknown): unknown {
  if (error instanceof DeliveryError || (error instanceof Error && error.name === 'AbortError')) return error;
  return new DeliveryError(
    `API server ${address} (context "${source.context}") cannot be reached: ${messageOf(error)}; check the cluster and the network to it`,
    { code: 'ClusterUnreachable', retryable: true, cause: error },
  );
}
