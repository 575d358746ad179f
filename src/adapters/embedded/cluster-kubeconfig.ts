import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ClusterLayout } from '../../local/cluster-layout.ts';
import type { Kubeconfig } from '../kubernetes/shared-kubeconfig.ts';
import { writeRecord } from './record-file.ts';

/** A kubeconfig of the cluster, credentials inside: one context, named after the cluster. JSON is YAML. */
export function writeClusterKubeconfig(layout: ClusterLayout, apiServerPort: number, path = layout.kubeconfig): void {
  const { name } = layout;
  const credential = (file: string) => readFileSync(join(layout.kwokFolder, 'pki', file)).toString('base64');
  const server = `https://127.0.0.1:${apiServerPort}`;
  writeRecord(path, {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    clusters: [{ name, cluster: { server, 'certificate-authority-data': credential('ca.crt') } }],
    users: [
      {
        name,
        user: { 'client-certificate-data': credential('admin.crt'), 'client-key-data': credential('admin.key') },
      },
    ],
    contexts: [{ name, context: { cluster: name, user: name } }],
  } satisfies Kubeconfig);
}
