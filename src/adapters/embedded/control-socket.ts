import { rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { messageOf } from '../../errors.ts';
import type { DaemonStatus } from '../../local/daemon-status.ts';

/** What a daemon answers, by method and path: `GET /status`. */
export type ControlRoutes = Record<string, () => unknown>;

/** JSON over HTTP on a unix socket that only its owner can open. */
export async function startControlSocket(path: string, routes: ControlRoutes): Promise<{ close(): void }> {
  const server = createServer((incoming, outgoing) => {
    incoming.resume();
    const route = routes[`${incoming.method} ${incoming.url}`];
    try {
      outgoing.writeHead(route ? 200 : 404, { 'Content-Type': 'application/json' });
      outgoing.end(JSON.stringify(route ? (route() ?? {}) : { error: `no such path: ${incoming.url}` }));
    } catch (error) {
      outgoing.end(JSON.stringify({ error: messageOf(error) }));
    }
  });
  rmSync(path, { force: true });
  const mask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(path, resolve);
    });
  } finally {
    process.umask(mask);
  }
  return {
    close() {
      server.close();
      server.closeAllConnections();
      rmSync(path, { force: true });
    },
  };
}

/** The daemon's own word; undefined when nobody answers within `patience` milliseconds. */
export function readDaemonStatus(path: string, patience: number): Promise<DaemonStatus | undefined> {
  return ask<DaemonStatus>(path, 'GET', '/status', patience);
}

/** Asks the daemon to end; false when nobody was there to ask. */
export async function askForShutdown(path: string, patience: number): Promise<boolean> {
  return (await ask(path, 'POST', '/shutdown', patience)) !== undefined;
}

function ask<T>(socketPath: string, method: string, path: string, timeout: number): Promise<T | undefined> {
  return new Promise((resolve) => {
    const sent = request({ socketPath, method, path, timeout }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', () => resolve(undefined));
      response.on('end', () => resolve(parse<T>(Buffer.concat(chunks).toString('utf8'))));
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(undefined));
    sent.end();
  });
}

function parse<T>(text: string): T | undefined {
  try {
    return JSON.parse(text) as T;
  } catch {
    return undefined;
  }
}
