import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';

/** What becomes of one request, when it is not simply passed on. */
export type ApiTrouble =
  | { kind: 'answer'; status: number; headers?: Record<string, string>; body?: unknown }
  /** It is passed on after so many milliseconds. */
  | { kind: 'late'; delay: number }
  /** The connection ends before the request reaches the API server. */
  | { kind: 'reset' }
  /** The request is carried out, and its answer never comes. */
  | { kind: 'lost answer' }
  /** The answer ends after its first part: in order, or cut off. */
  | { kind: 'ended' | 'cut' };

export interface ApiFrontOptions {
  /** Port of the API server on 127.0.0.1. */
  apiServer: number;
  /** Folder with the cluster's `ca.crt`, `admin.crt` and `admin.key`. */
  keys: string;
  /** Decides on every request when it has arrived. */
  decide(request: IncomingMessage): ApiTrouble | undefined;
}

export interface ApiFront {
  /** On 127.0.0.1; its certificate is good for the cluster's authority. */
  port: number;
  /** Cuts off the watches that are open and that `concerns` says yes to. */
  cutWatches(concerns: (request: IncomingMessage) => boolean): void;
  close(): Promise<void>;
}

/**
 * A server before the API server that fails as a network and a busy API server do. Whoever shows the admin's
 * certificate is the admin; everybody else is who their token says.
 */
export async function startApiFront({ apiServer, keys, decide }: ApiFrontOptions): Promise<ApiFront> {
  const read = (file: string) => readFileSync(join(keys, file));
  const [ca, cert, key] = [read('ca.crt'), read('admin.crt'), read('admin.key')];
  const { raw: certificate } = new X509Certificate(cert);
  const admin = new https.Agent({ ca, cert, key, keepAlive: true });
  const others = new https.Agent({ ca, keepAlive: true });
  const watches = new Map<IncomingMessage, () => void>();

  const server = https.createServer({ ca, cert, key, requestCert: true, rejectUnauthorized: false }, serve);

  function serve(request: IncomingMessage, response: ServerResponse): void {
    const trouble = decide(request);
    switch (trouble?.kind) {
      case 'reset':
        request.socket.destroy();
        break;
      case 'answer':
        answer(request, response, trouble);
        break;
      case 'late':
        setTimeout(() => pass(request, response), trouble.delay);
        break;
      case 'lost answer':
      case 'ended':
      case 'cut':
      case undefined:
        pass(request, response, trouble?.kind);
    }
  }

  function pass(request: IncomingMessage, response: ServerResponse, end?: 'lost answer' | 'ended' | 'cut'): void {
    const { host: _host, ...headers } = request.headers;
    const agent = isAdmin(request, certificate) ? admin : others;
    const { method, url: path } = request;
    const passed = https.request({ agent, host: '127.0.0.1', port: apiServer, method, path, headers });
    passed.on('error', () => request.socket.destroy());
    passed.on('response', (answered) => {
      if (end === 'lost answer') return void request.socket.destroy();
      response.writeHead(answered.statusCode ?? 502, answered.headers);
      response.flushHeaders();
      if (end === undefined) return void answered.pipe(response);
      setTimeout(() => {
        answered.destroy();
        if (end === 'ended') response.end();
        else request.socket.destroy();
      }, 50);
    });
    if (isWatch(request)) watches.set(request, () => request.socket.destroy());
    response.on('close', () => {
      watches.delete(request);
      passed.destroy();
    });
    request.pipe(passed);
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    cutWatches(concerns) {
      for (const [request, cut] of [...watches]) if (concerns(request)) cut();
    },
    async close() {
      server.closeAllConnections();
      admin.destroy();
      others.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body = {} }: Extract<ApiTrouble, { kind: 'answer' }>,
): void {
  request.resume();
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers });
  response.end(typeof body === 'string' ? body : JSON.stringify(body));
}

function isWatch({ url = '' }: IncomingMessage): boolean {
  return /[?&]watch=(true|1)(&|$)/.test(url);
}

/** The key of the admin's certificate is with the kubeconfig and nowhere else. */
function isAdmin(request: IncomingMessage, own: Buffer): boolean {
  const socket = request.socket as TLSSocket;
  return socket.authorized && socket.getPeerCertificate().raw?.equals(own) === true;
}
