import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { type Duplex, Transform } from 'node:stream';
import type { Route } from '../../local/service-route.ts';

export interface ConnectProxy {
  /** Ends the connections that were opened to these hosts. */
  cut(concerns: (host: string) => boolean): void;
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
  const clients = new Map<Duplex, string>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    track(open, client);
    const { host, port } = addressOf(request.url ?? '');
    clients.set(client, host);
    client.once('close', () => clients.delete(client));
    const target = route(host, port);
    if (target.kind === 'refused') return answer(client, 503, target.reason);
    if (target.kind === 'nonsense') return talkNonsense(client);
    const upstream = connect(target.port, target.host);
    track(open, upstream);
    const answers = target.delay === undefined ? upstream : upstream.pipe(late(target.delay));
    upstream.once('connect', () => {
      client.write(established);
      if (head.length > 0) upstream.write(head);
      answers.pipe(client).pipe(upstream);
    });
    endTogether(client, upstream, answers);
  });
  rmSync(socketPath, { force: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(socketPath, resolve);
  });
  return {
    cut(concerns) {
      for (const [client, host] of clients) if (concerns(host)) client.destroy();
    },
    close() {
      server.close();
      for (const socket of open) socket.destroy();
      rmSync(socketPath, { force: true });
    },
  };
}

const established = 'HTTP/1.1 200 Connection established\r\n\r\n';
const nonsense = 'this is not what you expected\r\n';

function talkNonsense(client: Duplex): void {
  client.once('data', () => client.end(nonsense));
  client.once('error', () => undefined);
  client.write(established);
}

function late(delay: number): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => void setTimeout(() => done(null, chunk), delay),
  });
}

function track(open: Set<Duplex>, socket: Duplex): void {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
}

function endTogether(client: Duplex, upstream: Socket, answers: Duplex): void {
  upstream.once('error', (error) => {
    if (upstream.connecting || !upstream.remoteAddress) answer(client, 502, error.message);
    client.destroy();
  });
  client.once('error', () => upstream.destroy());
  client.once('close', () => upstream.destroy());
  upstream.once('close', () => upstream.readableEnded || client.destroy());
  // What comes late may still be on its way.
  answers.once('close', () => client.destroy());
}

function answer(client: Duplex, status: number, reason: string): void {
  client.end(`HTTP/1.1 ${status} ${reason.replaceAll(/[\r\n]/g, ' ')}\r\nContent-Length: 0\r\n\r\n`);
}

function addressOf(target: string): { host: string; port: number } {
  const colon = target.lastIndexOf(':');
  return { host: target.slice(0, colon).replace(/^\[(.*)\]$/, '$1'), port: Number(target.slice(colon + 1)) };
}
