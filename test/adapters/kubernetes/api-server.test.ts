import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { connectCluster } from '../../../src/adapters/kubernetes/connect-cluster.ts';
import { inFolder } from '../../support/folders.ts';
import { startHttpsServer } from '../../support/https-server.ts';
import { kubeconfigTo } from '../../support/kubeconfig-to.ts';

/** A cluster as a kubeconfig has it. */
async function clusterAt(folder: string, cluster: Record<string, string>, signal = new AbortController().signal) {
  const kubeconfig = await kubeconfigTo(cluster, folder);
  return connectCluster({ name: 'dev', context: 'dev', kubeconfig, signal });
}

test('a run that is stopped does not sit out the pauses between two attempts', () =>
  inFolder(async (folder) => {
    const stop = new AbortController();
    const cluster = await clusterAt(folder, { server: 'https://127.0.0.1:1' }, stop.signal);
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

describe('what answers like no API server is named with what it says', () => {
  test.each<[string, { status?: number; body?: string; headers?: Record<string, string> }, string]>([
    ['a login page', { body: '<html>' }, 'it says "<html>"'],
    ['nothing', {}, 'it says ""'],
    ['JSON of something else', { body: '{}' }, 'its answer to /api/v1/namespaces/kube-system has no "kind"'],
    ['null', { body: 'null' }, 'its answer to /api/v1/namespaces/kube-system has no "kind"'],
    ['a list', { body: '[]' }, 'its answer to /api/v1/namespaces/kube-system has no "kind"'],
    [
      'a way to elsewhere',
      { status: 302, headers: { location: 'https://login.example/start?token=hunter2' } },
      'it leads elsewhere (302, login.example)',
    ],
    [
      'a way within',
      { status: 307, headers: { location: '/login?token=hunter2' } },
      'it leads elsewhere (307, to another path)',
    ],
  ])('%s', async (_, { status = 200, body = '', headers = {} }, how) => {
    const server = await startHttpsServer((_request, response) => response.writeHead(status, headers).end(body));
    try {
      await inFolder(async (folder) => {
        const where = { server: server.address, 'certificate-authority-data': server.authority };
        const asked = (await clusterAt(folder, where)).identity();
        const failure = await asked.then(
          () => undefined,
          (error: unknown) => error as Error,
        );
        expect(failure).toMatchObject({ code: 'ClusterUnreachable' });
        expect(failure?.message).toContain(
          `${server.address} (context "dev") does not answer as an API server does: ${how}; check the server`,
        );
        expect(failure?.message).not.toContain('hunter2');
      });
    } finally {
      await server.close();
    }
  });
});
