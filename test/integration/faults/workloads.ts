import { systemClock } from '../../../src/adapters/clock.ts';
import { waitReady } from '../../../src/apply/wait-ready.ts';
import type { Cluster } from '../../../src/ports/cluster.ts';
import { type KubernetesObject, objectId } from '../../../src/ports/objects.ts';
import { read } from '../../support/delivery.ts';
import { deleteObject } from '../../support/somebody.ts';

export const namespace = 'faulty-shop';
const { signal } = new AbortController();

/** A workload with injected pods; `change` in its pod template makes it replace them. */
export function workload(kind: 'Deployment' | 'StatefulSet', name: string, change = 'none'): KubernetesObject {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name, namespace },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      template: {
        metadata: { labels: { app: name }, annotations: { 'example.com/change': change } },
        spec: { containers: [{ name: 'main', image: 'registry.example/main:1' }] },
      },
    },
  };
}

/** The namespace of the workloads here, with the Deployment `web` in it, ready. */
export async function deployShop(cluster: Cluster): Promise<void> {
  await cluster.create({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: namespace, labels: { 'istio.io/rev': '1-31-0' } },
  });
  await applyReady(cluster, workload('Deployment', 'web'));
}

export async function apply(cluster: Cluster, object: KubernetesObject): Promise<KubernetesObject> {
  const result = await cluster.apply(object, { fieldManager: 'shop', dryRun: false, force: true });
  if (result.kind !== 'applied') throw new Error(`apply: ${JSON.stringify(result)}`);
  return result.object;
}

/** Applies the object and waits until it is ready. */
export async function applyReady(cluster: Cluster, object: KubernetesObject, timeout = 30_000): Promise<void> {
  await apply(cluster, object);
  await isReady(cluster, object, timeout);
}

export async function isReady(cluster: Cluster, object: KubernetesObject, timeout = 30_000): Promise<void> {
  const live = await read(cluster, objectId(object));
  await waitReady(cluster, [live], { timeout, clock: systemClock, signal });
}

export async function remove(cluster: Cluster, object: KubernetesObject): Promise<void> {
  await deleteObject(cluster, objectId(object));
}
