import { expect, test } from 'vitest';
import { apiServerTrouble } from '../../../src/adapters/kubernetes/api-server-trouble.ts';
import { inFolder } from '../../support/folders.ts';
import { startHttpsServer } from '../../support/https-server.ts';
import { kubeconfigTo } from '../../support/kubeconfig-to.ts';

const { signal } = new AbortController();

function troubleOf(cluster: Record<string, string>, within?: number) {
  return inFolder(async (folder) => {
    const kubeconfig = await kubeconfigTo(cluster, folder);
    return apiServerTrouble({ kubeconfig, context: 'dev' }, signal, within);
  });
}

test('an API server that gives any answer is alive', async () => {
  const refusal = JSON.stringify({ kind: 'Status', message: 'Unauthorized', reason: 'Unauthorized', code: 401 });
  const server = await startHttpsServer((_request, response) => response.writeHead(401).end(refusal));
  try {
    const where = { server: server.address, 'certificate-authority-data': server.authority };
    expect(await troubleOf(where)).toBeUndefined();
  } finally {
    await server.close();
  }
});

test('one that says nothing is silent, and nobody knows for how long', async () => {
  const server = await startHttpsServer(() => undefined);
  try {
    const where = { server: server.address, 'certificate-authority-data': server.authority };
    expect(await troubleOf(where, 200)).toEqual({ reason: 'API server gave no answer within 0.2 s', certain: false });
  } finally {
    await server.close();
  }
});

test('one whose kubeconfig is gone is named', async () => {
  expect(await apiServerTrouble({ kubeconfig: '/nowhere/config', context: 'dev' }, signal)).toEqual({
    reason: expect.stringContaining('/nowhere/config'),
    certain: false,
  });
});

test('one that nobody reaches is named', async () => {
  expect(await troubleOf({ server: 'https://127.0.0.1:1' })).toEqual({
    reason: expect.stringMatching(/^API server https:\/\/127\.0\.0\.1:1 .*cannot be reached: .*ECONNREFUSED/),
    certain: false,
  });
});
