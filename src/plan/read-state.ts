import { DeliveryError, messageOf } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { isWhole } from './state-parts.ts';

/** Where a document of ours stands: the ConfigMap and its key. */
export interface StateName {
  namespace: string;
  name: string;
  key: string;
}

/** Labels of everything that a promotion writes about itself. */
export const stateLabels = { 'app.kubernetes.io/managed-by': 'istio-delivery' };

/** Selects all of it. */
export const stateSelector = Object.entries(stateLabels)
  .map(([label, value]) => `${label}=${value}`)
  .join();

/** Key under which a ConfigMap names the further parts of its document, one a line. */
export const partsKey = 'parts';

/** How often a document may be written anew while it is read. */
const attempts = 5;

/** One JSON document of ours in the cluster; undefined where it was never written. */
export async function readState<T>(cluster: Cluster, { namespace, name, key }: StateName): Promise<T | undefined> {
  const readHead = () => cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  let head = await readHead();
  for (let attempt = 1; head; attempt += 1) {
    try {
      return JSON.parse(await textOf(cluster, head, key)) as T;
    } catch (error) {
      // What the API server could not answer says nothing of the document.
      if (error instanceof DeliveryError) throw error;
      // Whoever wrote it anew in the meantime has taken the parts of before away.
      const now = await readHead();
      if (now?.metadata.resourceVersion === head.metadata.resourceVersion || attempt === attempts) {
        throw unreadable(cluster, { namespace, name }, error);
      }
      head = now;
    }
  }
  return undefined;
}

/** Names of the further parts of the document whose first one this is. */
export function partNames(head: KubernetesObject | undefined): string[] {
  const { [partsKey]: names } = dataOf(head);
  return names === undefined || names === '' ? [] : names.split('\n');
}

async function textOf(cluster: Cluster, head: KubernetesObject, key: string): Promise<string> {
  const { [key]: text } = dataOf(head);
  if (text === undefined) throw new Error(`it has no key "${key}"`);
  const { namespace = '' } = head.metadata;
  const parts = await Promise.all(
    partNames(head).map(async (name) => {
      const part = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
      if (!part) throw new Error(`its part ConfigMap ${namespace}/${name} is missing`);
      const { [key]: text = '' } = dataOf(part);
      if (!isWhole({ name, text })) throw new Error(`its part ConfigMap ${namespace}/${name} was changed`);
      return text;
    }),
  );
  return [text, ...parts].join('');
}

function dataOf(map: KubernetesObject | undefined): Record<string, string> {
  return (map?.data ?? {}) as Record<string, string>;
}

function unreadable(cluster: Cluster, { namespace, name }: Omit<StateName, 'key'>, error: unknown): DeliveryError {
  return new DeliveryError(
    `ConfigMap ${namespace}/${name} of cluster ${cluster.name} cannot be read: ${messageOf(error)}; restore it from a backup, or delete ConfigMap ${namespace}/${name} to begin anew`,
    { code: 'ClusterStateUnreadable', cause: error },
  );
}
