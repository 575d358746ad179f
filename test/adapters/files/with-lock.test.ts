import { mkdir, readdir, utimes } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { withLock } from '../../../src/adapters/files/with-lock.ts';
import { makeFixture } from '../toolchain/fixture.ts';

async function lockPath(): Promise<string> {
  const { folder } = await makeFixture();
  return join(folder, 'locks', 'tool.lock');
}

const never = new AbortController().signal;
const nothing = () => {};

test('lets one in after the other, and leaves nothing behind', async () => {
  const path = await lockPath();
  const seen: string[] = [];
  const enter = (name: string) =>
    withLock(path, { signal: never, onWait: () => void seen.push(`${name} waits`) }, async () => {
      seen.push(`${name} in`);
      if (name === 'first') await expect.poll(() => seen, { timeout: 10_000 }).toContain('second waits');
      seen.push(`${name} out`);
    });
  const first = enter('first');
  await expect.poll(() => seen).toContain('first in');
  await Promise.all([first, enter('second')]);
  expect(seen).toEqual(['first in', 'second waits', 'first out', 'second in', 'second out']);
  expect(await readdir(dirname(path))).toEqual([]);
});

test('is released when what ran under it fails', async () => {
  const path = await lockPath();
  const failing = withLock(path, { signal: never, onWait: nothing }, () => Promise.reject(new Error('failed')));
  await expect(failing).rejects.toThrow('failed');
  expect(await withLock(path, { signal: never, onWait: nothing }, async () => 'in')).toBe('in');
});

test('of a holder that died is taken over', async () => {
  const path = await lockPath();
  await mkdir(path, { recursive: true });
  const before = new Date(Date.now() - 60_000);
  await utimes(path, before, before);
  expect(await withLock(path, { signal: never, onWait: nothing }, async () => 'in')).toBe('in');
});

test('is not waited for any more after an abort', async () => {
  const path = await lockPath();
  await mkdir(path, { recursive: true });
  const controller = new AbortController();
  const stop = () => controller.abort(new Error('stopped by hand'));
  const waiting = withLock(path, { signal: controller.signal, onWait: stop }, async () => 'in');
  await expect(waiting).rejects.toThrow('stopped by hand');
});

test('in a folder that cannot be made says so, and what helps', async () => {
  const locking = withLock('/proc/nowhere/a.lock', { signal: never, onWait: nothing }, async () => 'in');
  await expect(locking).rejects.toMatchObject({
    code: 'FileUnwritable',
    message: expect.stringMatching(
      /^\/proc\/nowhere\/a\.lock cannot be written: .*; set ISTIO_DELIVERY_HOME to another folder$/,
    ),
  });
});
