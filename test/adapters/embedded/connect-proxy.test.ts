import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type ConnectProxy, startConnectProxy } from '../../../src/adapters/embedded/connect-proxy.ts';

describe('startConnectProxy', () => {
  let folder: string;
  let proxy: ConnectProxy;
  let asked: string[];
  const server = createServer((incoming, outgoing) => outgoing.end(`answer to ${incoming.url}`));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'connect-proxy-'));
    asked = [];
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    proxy = await startConnectProxy(join(folder, 'network.sock'), (host, asking) => {
      asked.push(`${host} ${asking}`);
      if (host === '10.96.0.9') return { kind: 'dial', host: '127.0.0.1', port };
      if (host === '10.96.0.1') return { kind: 'dial', host: '127.0.0.1', port: 1 };
      if (host === '10.96.0.2') return { kind: 'nonsense' };
      if (host === '10.96.0.3') return { kind: 'dial', host: '127.0.0.1', port, delay: 300 };
      return { kind: 'refused', reason: 'no such\r\nService' };
    });
  });

  afterEach(async () => {
    proxy.close();
    rmSync(folder, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
  });

  /** Opens a tunnel as kube-apiserver does. */
  function tunnel(address: string): Promise<{ status: number; message: string; socket: Socket }> {
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: join(folder, 'network.sock'), method: 'CONNECT', path: address });
      sent.once('connect', (response, socket) =>
        resolve({ status: response.statusCode ?? 0, message: response.statusMessage ?? '', socket }),
      );
      sent.once('error', reject);
      sent.end();
    });
  }

  function ask(socket: Socket): Promise<string> {
    return new Promise((resolve, reject) => {
      const sent = request({ createConnection: () => socket, path: '/inject' }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      sent.once('error', reject);
      sent.end();
    });
  }

  test('carries a connection to where its address leads', async () => {
    const { status, socket } = await tunnel('10.96.0.9:443');
    expect(status).toBe(200);
    const text = await ask(socket);
    expect(text).toBe('answer to /inject');
    expect(asked).toEqual(['10.96.0.9 443']);
    socket.destroy();
  });

  test('answers a refused connection with the reason, in one line', async () => {
    const { status, message } = await tunnel('10.96.0.7:80');
    expect({ status, message }).toEqual({ status: 503, message: 'no such  Service' });
  });

  test('answers when nobody listens', async () => {
    const { status, message } = await tunnel('10.96.0.1:443');
    expect(status).toBe(502);
    expect(message).toContain('ECONNREFUSED');
  });

  test('reads an IPv6 address', async () => {
    await tunnel('[fd00::1]:443');
    expect(asked).toEqual(['fd00::1 443']);
  });

  test('answers nonsense to who speaks', async () => {
    const { status, socket } = await tunnel('10.96.0.2:443');
    expect(status).toBe(200);
    await expect(ask(socket)).rejects.toThrow(/Parse Error/);
  });

  test('brings answers late', async () => {
    const { socket } = await tunnel('10.96.0.3:443');
    const started = Date.now();
    expect(await ask(socket)).toBe('answer to /inject');
    expect(Date.now() - started).toBeGreaterThan(290);
    socket.destroy();
  });

  test('cuts the open connections to the hosts that are meant', async () => {
    const [cut, kept] = [await tunnel('10.96.0.9:443'), await tunnel('10.96.0.3:443')];
    const closed = new Promise((resolve) => cut.socket.once('close', resolve));
    proxy.cut((host) => host === '10.96.0.9');
    await closed;
    expect(await ask(kept.socket)).toBe('answer to /inject');
    kept.socket.destroy();
  });
});
