import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Route } from '../../local/service-route.ts';

export interface ConnectProxy {
  close(): void;
}

/**
 * Stands for the cluster network: the API server asks it (`CONNECT host:port` over a unix socket) for every
 * connection to a Service, a pod or a kubelet.
 */
export async function startConnectProxy(
  socketPath: string,
  route: (host: string, port: number) => Route,
): Promise<ConnectProxy> {
  const open = new Set<Duplex>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    track(open, client);
    const { host, port } = addressOf(request.url ?? '');
    const target = route(host, port);
    if (target.kind === 'refused') return answer(client, 503, target.reason);
    const upstream = connect(target.port, target.host);
    track(open, upstream);
    upstream.once('connect', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      if (head.length > 0) upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    endTogether(client, upstream);
  });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return {
    close() {
      server.close();
      for (const socket of open) socket.destroy();
      rmSync(socketPath, { force: true });
    },
  };
}

function track(open: Set<Duplex>, socket: Duplex): void {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
}

function endTogether(client: Duplex, upstream: Socket): void {
  upstream.once('error', (error) => {
    if (upstream.connecting || !upstream.remoteAddress) answer(client, 502, error.message);
    client.destroy();
  });
  client.once('error', () => upstream.destroy());
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => client.destroy());
}

function answer(client: Duplex, status: number, reason: string): void {
  client.end(`HTTP/1.1 ${status} ${reason.replaceAll(/[\r\n]/g, ' ')}\r\nContent-Length: 0\r\n\r\n`);
}

function addressOf(target: string): { host: string; port: number } {
  const colon = target.lastIndexOf(':');
  return { host: target.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(target.slice(colon + 1)) };
}
