import { expect, test } from 'vitest';
import { kindTable, statusTable } from '../../src/local/status-table.ts';

const ports = { http: 1, https: 2, grpc: 3, secureGrpc: 4, monitoring: 5 };
const istiod = { namespace: 'istio-system', pid: 7, pods: 2, ports };

test('shows each cluster with its istiods and proxies by revision', () => {
  const table = statusTable([
    {
      name: 'dev',
      context: 'dev',
      identity: { server: 'https://127.0.0.1:1', version: 'v1.34.2' },
      daemon: {
        pid: 42,
        istiods: [
          { ...istiod, revision: '1-31-0', ready: true, restarts: 0 },
          { ...istiod, revision: 'canary', ready: false, restarts: 1, reason: 'it starts' },
        ],
        proxies: [{ revision: '1-31-0', proxies: 3, connected: 3, synced: 2 }],
      },
    },
    { name: 'staging', context: 'staging' },
  ]);
  expect(table.map((line) => line.split(/ {2,}/))).toEqual([
    ['CLUSTER', 'CONTEXT', 'API SERVER', 'KUBERNETES', 'DAEMON', 'ISTIODS', 'PROXIES'],
    [
      'dev',
      'dev',
      'https://127.0.0.1:1',
      'v1.34.2',
      '42',
      '1-31-0 ready; canary not ready: it starts, 1 restart',
      '1-31-0 2/3 synced',
    ],
    ['staging', 'staging', 'does not answer', '-', 'dead', '-', '-'],
  ]);
});

test('shows kind clusters, with what is unfinished', () => {
  const table = kindTable([
    { name: 'dev', context: 'dev', complete: true, identity: { server: 'https://127.0.0.1:1', version: 'v1.37.0' } },
    { name: 'cut', context: 'cut', complete: false },
  ]);
  expect(table.map((line) => line.split(/ {2,}/))).toEqual([
    ['KIND CLUSTER', 'CONTEXT', 'API SERVER', 'KUBERNETES', 'CREATION'],
    ['dev', 'dev', 'https://127.0.0.1:1', 'v1.37.0', 'complete'],
    ['cut', 'cut', 'does not answer', '-', 'being created, or cut off'],
  ]);
});
