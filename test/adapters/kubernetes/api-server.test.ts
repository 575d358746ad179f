import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { connectCluster } from '../../../src/adapters/kubernetes/connect-cluster.ts';
import { inFolder } from '../../support/folders.ts';

/** A cluster at a port where nobody listens. */
async function nowhere(folder: string, signal: AbortSignal) {
  const kubeconfig = join(folder, 'config');
  const text = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'dev', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'dev', user: { token: 'nobody' } }],
    contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'dev' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(text));
  return connectCluster({ name: 'dev', context: 'dev', kubeconfig, signal });
}

test('a run that is stopped does not sit out the pauses between two attempts', () =>
  inFolder(async (folder) => {
    const stop = new AbortController();
    const cluster = await nowhere(folder, stop.signal);
    const asked = Promise.all([
      expect(cluster.identity()).rejects.toMatchObject({ name: 'AbortError' }),
      expect(cluster.list({ apiVersion: 'v1', kind: 'Pod' })).rejects.toMatchObject({ name: 'AbortError' }),
    ]);
    // By now it waits for the third attempt or a later one, up to 3 s.
    await sleep(600);
    const stopped = Date.now();
    stop.abort();
    await asked;
    expect(Date.now() - stopped).toBeLessThan(300);
  }));
