import { rmSync } from 'node:fs';
import { createServer, type IncomingMessage, request } from 'node:http';
import { dirname } from 'node:path';
import { DeliveryError, messageOf } from '../../errors.ts';
import type { DaemonStatus } from '../../local/daemon-status.ts';
import type { Fault } from '../../local/fault.ts';
import { privateFolder, requirePrivate } from '../files/private-folder.ts';

/** What a daemon answers, by method and path: `GET /status`. What was sent to it is JSON, or undefined. */
export type ControlRoutes = Record<string, (body: unknown) => unknown>;

const otherFolder = 'remove it, or set TMPDIR or a shorter ISTIO_DELIVERY_HOME';

/** JSON over HTTP on a unix socket that only its owner can open. */
export async function startControlSocket(path: string, routes: ControlRoutes): Promise<{ close(): void }> {
  const server = createServer((incoming, outgoing) => {
    void answer(incoming, routes).then(({ status, body }) => {
      outgoing.writeHead(status, { 'Content-Type': 'application/json' });
      outgoing.end(JSON.stringify(body));
    });
  });
  privateFolder(dirname(path), otherFolder);
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

interface Answer<T> {
  status: number;
  body: T;
}

/** 400 for what the asker has to put right, with the reason. */
async function answer(incoming: IncomingMessage, routes: ControlRoutes): Promise<Answer<unknown>> {
  const route = routes[`${incoming.method} ${incoming.url}`];
  try {
    const body = jsonOf(await textOf(incoming));
    if (route === undefined) return { status: 404, body: { error: `no such path: ${incoming.url}` } };
    return { status: 200, body: (await route(body)) ?? {} };
  } catch (error) {
    const isTheirs = error instanceof DeliveryError && error.kind === 'usage';
    return { status: isTheirs ? 400 : 500, body: { error: messageOf(error) } };
  }
}

async function textOf(message: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DeliveryError(`what was sent is not JSON: ${messageOf(error)}`, {
      code: 'BodyInvalid',
      kind: 'usage',
      cause: error,
    });
  }
}

/** The daemon's own word; undefined when nobody answers within `patience` milliseconds. */
export async function readDaemonStatus(path: string, patience: number): Promise<DaemonStatus | undefined> {
  const answered = await ask<DaemonStatus>(path, 'GET', '/status', { patience });
  return answered?.body;
}

/** Asks the daemon to end; false when nobody was there to ask. */
export async function askForShutdown(path: string, patience: number): Promise<boolean> {
  return (await ask(path, 'POST', '/shutdown', { patience })) !== undefined;
}

/** Milliseconds for what the daemon does before it answers: it stops an istiod, writes to a node. */
const faultPatience = 30_000;

/** Sets the faults of a cluster, in place of those that were; an empty list cures it. They are in force on return. */
export async function setFaults(path: string, faults: readonly Fault[]): Promise<void> {
  const answered = await ask<{ error?: string }>(path, 'PUT', '/faults', { patience: faultPatience, body: faults });
  if (answered?.status === 200) return;
  throw new DeliveryError(answered?.body?.error ?? `faults were not set: no daemon answers at ${path}; run local up`, {
    code: 'FaultsRefused',
  });
}

/** The faults that are in force; undefined when no daemon answers. */
export async function readFaults(path: string): Promise<Fault[] | undefined> {
  const answered = await ask<Fault[]>(path, 'GET', '/faults', { patience: faultPatience });
  return answered?.body;
}

interface Asking {
  /** Milliseconds. */
  patience: number;
  body?: unknown;
}

/** Undefined when nobody answers, or not in JSON. */
async function ask<T>(
  socketPath: string,
  method: string,
  path: string,
  { patience, body }: Asking,
): Promise<Answer<T> | undefined> {
  // Whoever else owns the folder would be the one who answers.
  requirePrivate(dirname(socketPath), otherFolder);
  return new Promise((resolve) => {
    const sent = request({ socketPath, method, path, timeout: patience }, (response) => {
      textOf(response)
        .then((text) => resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as T }))
        .catch(() => resolve(undefined));
    });
    sent.once('timeout', () => sent.destroy());
    sent.once('error', () => resolve(undefined));
    sent.end(body === undefined ? undefined : JSON.stringify(body));
  });
}
