import { readFile, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import type { ClusterRecord } from '../../src/local/cluster-record.ts';
import type { Embedded } from './embedded.ts';

/** A request that changes something, its body with it. */
export interface ApiWrite {
  method: string;
  /** With the query. */
  path: string;
  /** JSON; protobuf from programs that speak it. */
  body: Buffer;
}

/** Before the API server has a write; after it has carried it out, and before anybody knows. */
export type Side = 'before' | 'after';

/** How the API server answered a request. */
export interface ApiAnswer {
  method: string;
  /** With the query. */
  path: string;
  status: number;
}

export interface WriteGateOptions {
  /** Of an account: whoever uses the gate's kubeconfig is that account, and an administrator otherwise. */
  token?: string;
  /** Called with every answer; `GET`s and port-forwards too. */
  onAnswer?: (answer: ApiAnswer) => void;
}

export interface WriteGate {
  /** Kubeconfig with a context of the cluster's name. */
  kubeconfig: string;
  close(): Promise<void>;
}

/**
 * A server before the API server of an embedded cluster that stops at both sides of every write. Where `onWrite` says
 * true, nobody is there any more to wait for an answer, and the write goes no further.
 */
export async function startWriteGate(
  embedded: Embedded,
  cluster: string,
  onWrite: (write: ApiWrite, side: Side) => Promise<boolean>,
  { token, onAnswer }: WriteGateOptions = {},
): Promise<WriteGate> {
  const folder = join(embedded.home, 'clusters', cluster);
  const keys = join(folder, 'kwok', 'clusters', cluster, 'pki');
  const record = JSON.parse(await readFile(join(folder, 'cluster.json'), 'utf8')) as ClusterRecord;
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'admin.crt', 'admin.key'].map((file) => readFile(join(keys, file))),
  );
  const who = token === undefined ? { cert, key } : {};
  const upstream = { host: '127.0.0.1', port: record.ports.apiServer, ca, ...who };
  const credentials = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const agent = new https.Agent({ ...upstream, keepAlive: true });

  /** Who asks is known by the gate's own certificate, or token. */
  function pass({ method = '', url: path = '', headers }: IncomingMessage): ReturnType<typeof https.request> {
    const { host: _host, authorization: _authorization, ...kept } = headers;
    const passed = https.request({ ...upstream, agent, method, path, headers: { ...kept, ...credentials } });
    passed.on('response', ({ statusCode = 0 }) => onAnswer?.({ method, path, status: statusCode }));
    return passed;
  }

  function passRead(request: IncomingMessage, response: ServerResponse): void {
    const passed = pass(request);
    passed.on('error', () => request.socket.destroy());
    passed.on('response', (answered) => {
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      response.flushHeaders();
      answered.pipe(response);
    });
    response.on('close', () => passed.destroy());
    request.pipe(passed);
  }

  async function passWrite(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '' } = request;
    const body = await bytesOf(request);
    const write = { method, path, body };
    if (await onWrite(write, 'before')) return void request.socket.destroy();
    const answered = await new Promise<IncomingMessage>((resolve, reject) => {
      pass(request).on('response', resolve).on('error', reject).end(body);
    });
    const answer = await bytesOf(answered);
    if (await onWrite(write, 'after')) return void request.socket.destroy();
    response.writeHead(answered.statusCode ?? 502, answered.headers).end(answer);
  }

  const server = https.createServer({ ca, cert, key }, (request, response) => {
    if (request.method === 'GET' || isReview(request)) passRead(request, response);
    else passWrite(request, response).catch(() => request.socket.destroy());
  });
  server.on('upgrade', (request, socket, head) => {
    const { authorization: _authorization, ...kept } = request.headers;
    const lines = Object.entries({ ...kept, ...credentials });
    onAnswer?.({ method: request.method ?? '', path: request.url ?? '', status: 101 });
    const tunnel = tls.connect(upstream, () => {
      tunnel.write(`${request.method} ${request.url} HTTP/1.1\r\n`);
      tunnel.write(`${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`);
      tunnel.write(head);
      socket.pipe(tunnel).pipe(socket);
    });
    socket.on('error', () => tunnel.destroy());
    tunnel.on('error', () => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { address, port } = server.address() as AddressInfo;
  const kubeconfig = join(embedded.home, `gate-${cluster}-${port}.json`);
  await writeFile(kubeconfig, kubeconfigFor(cluster, { ca, server: `https://${address}:${port}` }));
  return {
    kubeconfig,
    async close() {
      server.closeAllConnections();
      agent.destroy();
      await rm(kubeconfig);
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** It is posted, and changes nothing. */
function isReview({ url }: IncomingMessage): boolean {
  return url?.startsWith('/apis/authorization.k8s.io/') === true;
}

function kubeconfigFor(name: string, { ca, server }: { ca: Buffer | undefined; server: string }): string {
  const cluster = { server, 'certificate-authority-data': ca?.toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name, cluster }],
    // Without any credentials istioctl would ask for some.
    users: [{ name, user: { token: 'anybody' } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

async function bytesOf(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
