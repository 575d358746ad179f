import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { getResponse } from '../../../src/adapters/toolchain/get-response.ts';
import { inFolder } from '../../support/folders.ts';
import { startHttpsServer } from '../../support/https-server.ts';
import { runProcess } from '../../support/run-process.ts';
import { type ReleaseServer, startReleaseServer } from './release-server.ts';

const options = { headers: { authorization: 'Bearer token' }, timeout: 5_000 };

test.each([
  ['to a path, as mirrors give it', '/b/file'],
  ['to a name beside it', 'file'],
])('follows a redirect %s', async (_case, location) => {
  const server = await startReleaseServer({
    '/b/redirect': { status: 302, headers: { location } },
    '/b/file': { body: 'content' },
  });
  expect(await text(await getResponse(`${server.url}/b/redirect`, options))).toBe('content');
  expect(server.headers.map(({ authorization }) => authorization)).toEqual(['Bearer token', 'Bearer token']);
});

test('gives another host no headers', async () => {
  const other = await startReleaseServer({ '/file': { body: 'content' } });
  const server = await startReleaseServer({ '/': { status: 307, headers: { location: `${other.url}/file` } } });
  expect(await text(await getResponse(`${server.url}/`, options))).toBe('content');
  expect(other.headers[0]?.authorization).toBeUndefined();
});

test('ends at the eleventh redirect with that answer', async () => {
  const server: ReleaseServer = await startReleaseServer({ '/': { status: 301, headers: { location: '/' } } });
  expect((await getResponse(`${server.url}/`, options)).statusCode).toBe(301);
  expect(server.requests).toHaveLength(11);
});

test('does not follow to another kind of URL', async () => {
  const server = await startReleaseServer({ '/': { status: 302, headers: { location: 'file:///etc/passwd' } } });
  await expect(getResponse(`${server.url}/`, options)).rejects.toThrow('it redirects from http:// to file://');
});

test('does not follow from HTTPS down to HTTP', () =>
  inFolder(async (folder) => {
    const plain = await startReleaseServer({ '/': { body: 'content' } });
    const server = await startHttpsServer((_, response) => response.writeHead(302, { location: plain.url }).end());
    const authority = join(folder, 'ca.pem');
    writeFileSync(authority, Buffer.from(server.authority, 'base64'));
    const module = join(import.meta.dirname, '../../../src/adapters/toolchain/get-response.ts');
    const script = `import { getResponse } from ${JSON.stringify(module)};
      await getResponse(${JSON.stringify(server.address)}, { timeout: 5000 }).catch((error) => console.log(error.message));`;
    const env = { NODE_EXTRA_CA_CERTS: authority };
    const { stdout } = await runProcess(['--input-type=module', '-e', script], { env });
    await server.close();
    expect(stdout).toBe('it redirects from https:// to http://\n');
    expect(plain.requests).toEqual([]);
  }));
