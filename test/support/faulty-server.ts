import { readFile, writeFile } from 'node:fs/promises';
import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { dump } from 'js-yaml';
import type { Embedded } from './embedded.ts';

/** What becomes of one request, when it is not simply passed on. */
export type Fault =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: unknown }
  /** The connection ends before the request reaches the API server. */
  | { kind: 'reset' }
  /** The request is carried out, and its answer never comes. */
  | { kind: 'lost answer' }
  /** The answer ends after its first part: in order, or cut off. */
  | { kind: 'ended' | 'cut' };

export interface FaultyServer {
  /** Kubeconfig with the context `faulty`. */
  kubeconfig: string;
  /** Method and path of every request since the last call of `fail`, in order. */
  requests: string[];
  /** Decides on every request from now on; `line` is its method and path. */
  fail(decide: (line: string, request: http.IncomingMessage) => Fault | undefined): void;
  /** Writes the kubeconfig anew, with this token. */
  useToken(token: string): Promise<void>;
  stop(): Promise<void>;
}

/** A server on loopback before the API server of a context, that fails as a network and a busy API server do. */
export async function startFaultyServer(embedded: Embedded, context: string): Promise<FaultyServer> {
  const config = new KubeConfig();
  config.loadFromFile(embedded.kubeconfig);
  config.setCurrentContext(context);
  const real = config.getCurrentCluster();
  const target = new URL(real?.server ?? '');
  const credentials: https.RequestOptions = {};
  await config.applyToHTTPSOptions(credentials);
  const requests: string[] = [];
  let decide: Parameters<FaultyServer['fail']>[0] = () => undefined;

  const keys = join(embedded.home, 'clusters', context, 'kwok', 'clusters', context, 'pki');
  const [cert, key] = await Promise.all([readFile(join(keys, 'admin.crt')), readFile(join(keys, 'admin.key'))]);
  const server = https.createServer({ cert, key }, (request, response) => {
    const line = `${request.method} ${request.url}`;
    requests.push(line);
    const fault = decide(line, request);
    if (fault?.kind === 'reset') return void reset(request);
    if (fault?.kind === 'answer') {
      const body = typeof fault.body === 'string' ? fault.body : JSON.stringify(fault.body ?? {});
      response.writeHead(fault.status, { 'Content-Type': 'application/json', ...fault.headers });
      return void response.end(body);
    }
    const { host: _host, authorization: _authorization, ...headers } = request.headers;
    const passed = https.request({
      ...credentials,
      hostname: target.hostname,
      port: target.port,
      method: request.method,
      path: request.url,
      headers,
    });
    passed.on('error', () => request.socket.destroy());
    passed.on('response', (answer) => {
      if (fault?.kind === 'lost answer') return void reset(request);
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      if (fault === undefined) return void answer.pipe(response);
      setTimeout(() => {
        answer.destroy();
        if (fault.kind === 'ended') response.end();
        else reset(request);
      }, 50);
    });
    response.on('close', () => passed.destroy());
    request.pipe(passed);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;

  const authority = { 'certificate-authority-data': real?.caData, 'certificate-authority': real?.caFile };
  const kubeconfig = join(embedded.home, 'faulty.yaml');
  const useToken = (token: string) =>
    writeFile(
      kubeconfig,
      dump({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'faulty', cluster: { ...authority, server: `https://127.0.0.1:${port}` } }],
        users: [{ name: 'faulty', user: { token } }],
        contexts: [{ name: 'faulty', context: { cluster: 'faulty', user: 'faulty' } }],
      }),
    );
  await useToken('first');

  return {
    kubeconfig,
    requests,
    fail(next) {
      decide = next;
      requests.length = 0;
    },
    useToken,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function reset({ socket }: http.IncomingMessage): void {
  socket.destroy();
}
