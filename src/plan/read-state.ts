import type { z } from 'zod';
import { DeliveryError, messageOf } from '../errors.ts';
import { type DocumentFault, readDocument } from '../mesh/read-document.ts';
import type { Cluster } from '../ports/cluster.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { digestOf } from './digest.ts';
import { isWhole } from './state-parts.ts';
import { signatureFault } from './state-signature.ts';

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

/** Key under which a ConfigMap has the signature of its document. */
export const signatureKey = 'signature';

export const unreadableCode = 'ClusterStateUnreadable';

/** What helps where no backup does. */
export const repairWords = 'run repair with the bundle that runs there';

/** How often a document may be written anew while it is read. */
const attempts = 5;

/** A document of ours as it stands in the cluster. */
interface StateText<T> {
  value: T;
  text: string;
  signature: string | undefined;
}

/** What a document is called, and the form that everybody who goes by it needs. */
export interface StateForm extends StateName {
  shape: z.ZodType;
}

/**
 * One JSON document of ours in the cluster; undefined where it was never written. `ClusterStateUnreadable` where it is
 * none, or of another form: nobody may take that for a cluster to which nothing was promoted.
 */
export async function readState<T>(cluster: Cluster, state: StateForm): Promise<T | undefined> {
  return (await readText<T>(cluster, state))?.value;
}

/** The same, where the cluster itself has signed it; `StateForged` (refused) where it has not. */
export async function readSignedState<T>(cluster: Cluster, state: StateForm): Promise<T | undefined> {
  const read = await readText<T>(cluster, state);
  if (read === undefined) return undefined;
  const fault = await signatureFault(cluster, state, read);
  if (fault === undefined) return read.value;
  const { namespace, name } = state;
  throw new DeliveryError(
    `ConfigMap ${namespace}/${name} of cluster ${cluster.name} is not as istio-delivery wrote it: ${fault}; somebody who may write ConfigMaps in namespace ${namespace} changed it, or the cluster has new keys for its ServiceAccounts. Look which of the two, then have it written anew: by promote, or, while an upgrade is open, by upgrade start with the bundle and the plan that it began with; or ${repairWords}`,
    { code: 'StateForged', kind: 'refused' },
  );
}

/** What stands in the place of a document. */
export type StateDocument<T> =
  | { kind: 'absent' }
  /** It can be read, and the cluster has signed it. */
  | { kind: 'sound'; value: T; digest: string }
  /** `digest`: of the ConfigMap's data, so that what is replaced is what somebody has looked at. */
  | { kind: 'damaged'; reason: string; digest: string };

/** The document with what is wrong with it, for whoever is to write it anew. */
export async function inspectState<T>(cluster: Cluster, state: StateForm): Promise<StateDocument<T>> {
  const { namespace, name } = state;
  const head = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  if (head === undefined) return { kind: 'absent' };
  const digest = digestOf(head.data ?? {});
  try {
    const read = await readText<T>(cluster, state);
    if (read === undefined) return { kind: 'absent' };
    const fault = await signatureFault(cluster, state, read);
    return fault === undefined
      ? { kind: 'sound', value: read.value, digest }
      : { kind: 'damaged', reason: fault, digest };
  } catch (error) {
    if (!(error instanceof DeliveryError) || error.code !== unreadableCode) throw error;
    return { kind: 'damaged', reason: messageOf(error.cause), digest };
  }
}

/** Whether the cluster has signed the document, as far as there is one. */
export async function isSigned(cluster: Cluster, state: StateForm): Promise<boolean> {
  const read = await readText(cluster, state);
  return read === undefined || (await signatureFault(cluster, state, read)) === undefined;
}

async function readText<T>(
  cluster: Cluster,
  { namespace, name, key, shape }: StateForm,
): Promise<StateText<T> | undefined> {
  const readHead = () => cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name });
  let head = await readHead();
  for (let attempt = 1; head; attempt += 1) {
    try {
      const text = await textOf(cluster, head, key);
      return { value: parsed(text, shape) as T, text, signature: dataOf(head)[signatureKey] };
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

function parsed(text: string, shape: z.ZodType): unknown {
  const read = readDocument(text, shape);
  if (read.kind === 'read') return read.value;
  throw new StateFault(read);
}

class StateFault extends Error {
  readonly fault: DocumentFault;

  constructor(fault: DocumentFault) {
    super(fault.reason);
    this.fault = fault;
  }
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
  const isOther = error instanceof StateFault && error.fault.kind === 'other version';
  return new DeliveryError(
    `ConfigMap ${namespace}/${name} of cluster ${cluster.name} cannot be read: ${messageOf(error)}${isOther ? '' : `; restore it from a backup, or ${repairWords}`}`,
    { code: isOther ? 'ClusterStateOfOtherVersion' : unreadableCode, cause: error },
  );
}
