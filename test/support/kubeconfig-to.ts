import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes a kubeconfig into a folder whose context `dev` leads to a cluster, as a kubeconfig has it; its path. */
export async function kubeconfigTo(cluster: Record<string, string>, folder: string): Promise<string> {
  const kubeconfig = join(folder, 'config');
  const text = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'dev', cluster }],
    users: [{ name: 'dev', user: { token: 'nobody' } }],
    contexts: [{ name: 'dev', context: { cluster: 'dev', user: 'dev' } }],
  };
  await writeFile(kubeconfig, JSON.stringify(text));
  return kubeconfig;
}
