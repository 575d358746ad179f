import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createHostReach } from '../../../src/adapters/toolchain/host-reach.ts';
import { closedPort, startReleaseServer } from './release-server.ts';

test('a server that answers anything is reached, with the size of the file where it says so', async () => {
  const server = await startReleaseServer({ '/file': { body: 'four' }, '/hidden': { status: 403, body: 'no' } });
  const lookAt = createHostReach(3_000);
  expect(await lookAt(`${server.url}/file`)).toEqual({ kind: 'answers', size: 4 });
  expect(await lookAt(`${server.url}/hidden`)).toEqual({ kind: 'answers', size: undefined });
});

test('a name that does not exist is unreachable at once', async () => {
  const reach = await createHostReach(3_000)('https://release-host.invalid/file');
  expect(reach).toMatchObject({ kind: 'unreachable', reason: expect.stringMatching(/ENOTFOUND|EAI_AGAIN|no answer/) });
});

test('a closed port is unreachable', async () => {
  expect(await createHostReach(3_000)(`${await closedPort()}/file`)).toEqual({
    kind: 'unreachable',
    reason: 'ECONNREFUSED',
  });
});

test('a host that does not answer costs the timeout once and is not asked again', async () => {
  const sockets: Socket[] = [];
  const server = createServer((socket) => void sockets.push(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const lookAt = createHostReach(200);
  const started = Date.now();
  const first = await lookAt(`${url}/one`);
  expect(first.kind).toBe('unreachable');
  expect(await lookAt(`${url}/two`)).toBe(first);
  expect(Date.now() - started).toBeLessThan(2_000);
  expect(sockets).toHaveLength(1);
});
