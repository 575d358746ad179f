import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { whileLocked } from '../../../src/adapters/embedded/file-lock.ts';
import { recordProcess } from '../../../src/adapters/embedded/process-identity.ts';

const never = new AbortController().signal;

describe('whileLocked', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'file-lock-'));
    path = join(folder, 'clusters', '.dev.lock');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test('lets one work at a time, and leaves nothing behind', async () => {
    let inside = 0;
    const most: number[] = [];
    const work = async () => {
      inside += 1;
      most.push(inside);
      await sleep(20);
      inside -= 1;
    };
    await Promise.all([1, 2, 3].map(() => whileLocked(path, never, work)));
    expect(most).toEqual([1, 1, 1]);
    expect(existsSync(path)).toBe(false);
  });

  test('is free again after work that failed', async () => {
    await expect(whileLocked(path, never, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await whileLocked(path, never, async () => 'done')).toBe('done');
  });

  test('takes over from a holder that died, whose pid another process has now', async () => {
    await whileLocked(path, never, async () => undefined);
    writeFileSync(path, JSON.stringify({ ...recordProcess('lock', process.pid), startedAt: 'another boot/1' }));
    expect(await whileLocked(path, never, async () => 'done')).toBe('done');
  });

  test('stops waiting when the run is interrupted', async () => {
    const interruption = new AbortController();
    await whileLocked(path, never, async () => {
      const waiting = whileLocked(path, interruption.signal, async () => 'never');
      interruption.abort(new Error('interrupted'));
      await expect(waiting).rejects.toThrow('interrupted');
    });
  });
});
