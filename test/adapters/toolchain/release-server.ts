import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** What the server answers for one path. */
export interface Answer {
  status?: number;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Ends the connection after so many bytes of the body. */
  cutAfter?: number;
  /** Does not say how long the body is. */
  sizeUnknown?: boolean;
  /** Never ends the body. */
  hangs?: boolean;
}

export interface ReleaseServer {
  /** Without a slash at the end. */
  url: string;
  /** `GET /path` of every request, in order. */
  requests: string[];
  /** Headers of every request, in the same order. */
  headers: IncomingMessage['headers'][];
}

/** A release host on loopback, closed when the test ends. Paths it does not know are 404. */
export async function startReleaseServer(
  answers: Record<string, Answer | ((url: string) => Answer)>,
): Promise<ReleaseServer> {
  const requests: string[] = [];
  const headers: IncomingMessage['headers'][] = [];
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    headers.push(request.headers);
    const known = answers[request.url ?? ''] ?? answers[(request.url ?? '').split('?')[0] ?? ''];
    const answer = typeof known === 'function' ? known(request.url ?? '') : known;
    send(request, response, answer ?? { status: 404, body: 'not found' });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests, headers };
}

function send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
  const body = Buffer.from(answer.body ?? '');
  const length = answer.sizeUnknown === true ? {} : { 'content-length': String(body.length) };
  response.writeHead(answer.status ?? 200, { ...length, ...answer.headers });
  if (request.method === 'HEAD') response.end();
  else if (answer.hangs === true) response.write(body);
  else if (answer.cutAfter === undefined) response.end(body);
  else response.write(body.subarray(0, answer.cutAfter), () => response.destroy());
}

/** The URL of a port where nobody listens. */
export async function closedPort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
