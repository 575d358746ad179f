import { revisionLabel, tagLabel } from '../bundle/labels.ts';
import { defaultTag } from '../mesh/mesh.ts';
import type { Cluster } from '../ports/cluster.ts';
import { type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { type InventoryEntry, meshLabelled } from './cluster-state.ts';

/** What serves as Istio in a cluster, whoever installed it. */
export interface IstioInCluster {
  /** Deployments of control planes. */
  istiods: KubernetesObject[];
  /** Webhook configurations of its injectors, tags and validators. */
  webhooks: KubernetesObject[];
}

export async function istioIn(cluster: Cluster): Promise<IstioInCluster> {
  const [istiods, { mutating, validating }] = await Promise.all([
    cluster.list({ apiVersion: 'apps/v1', kind: 'Deployment' }, { labelSelector: 'app=istiod' }),
    listWebhooks(cluster),
  ]);
  return { istiods: istiods.items, webhooks: [...mutating, ...validating].filter(isIstioWebhook) };
}

/** Every webhook configuration of the cluster. */
export async function listWebhooks(
  cluster: Cluster,
): Promise<{ mutating: KubernetesObject[]; validating: KubernetesObject[] }> {
  const apiVersion = 'admissionregistration.k8s.io/v1';
  const [mutating, validating] = await Promise.all([
    cluster.list({ apiVersion, kind: 'MutatingWebhookConfiguration' }),
    cluster.list({ apiVersion, kind: 'ValidatingWebhookConfiguration' }),
  ]);
  return { mutating: mutating.items, validating: validating.items };
}

/**
 * Whether a configuration is one of Istio's own, of whatever revision: an injector, a tag or a validator. Its webhooks
 * say so in their names; labels of Istio's may stand on anybody's.
 */
export function isIstioWebhook(configuration: KubernetesObject): boolean {
  return webhooksOf(configuration).some(({ name }) => isIstioName(name));
}

/** Whether a webhook of that name is one of Istio's. */
export function isIstioName(webhook: string): boolean {
  return webhook.endsWith('.istio.io');
}

/** Tells the mesh's own objects: the inventory knows them, or they carry its label. */
export function ownership(mesh: string, inventory: readonly InventoryEntry[]): (object: KubernetesObject) => boolean {
  const uids = new Map(inventory.map(({ id, uid }) => [objectKey(id), uid]));
  return (object) => {
    const uid = uids.get(objectKey(objectId(object)));
    return meshLabelled(object, mesh) || (uid !== undefined && uid === object.metadata.uid);
  };
}

interface Webhook {
  name: string;
  namespaceSelector?: Selector;
  objectSelector?: Selector;
}

interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

/** The revisions and tags that a webhook configuration of Istio's answers for; what names none is the default's. */
export function servedRevisions(configuration: KubernetesObject): string[] {
  const served = webhooksOf(configuration).flatMap(({ namespaceSelector, objectSelector }) => {
    const named = [namespaceSelector, objectSelector].flatMap((selector) => revisionsIn(selector));
    return named.length > 0 ? named : [defaultTag];
  });
  return [...new Set(served)];
}

function revisionsIn({ matchLabels = {}, matchExpressions = [] }: Selector = {}): string[] {
  const label = matchLabels[revisionLabel];
  const listed = matchExpressions.flatMap(({ key, operator, values = [] }) =>
    key === revisionLabel && operator === 'In' ? values : [],
  );
  return [...(label === undefined ? [] : [label]), ...listed];
}

/** The revision of a control plane; the one that has no name is `default`. */
export function revisionOfIstiod({ metadata }: KubernetesObject): string {
  return metadata.labels?.[revisionLabel] ?? defaultTag;
}

/** The revision tag that an object of Istio's is. */
export function tagOf({ metadata }: KubernetesObject): string | undefined {
  return metadata.labels?.[tagLabel];
}

function webhooksOf(configuration: KubernetesObject): Webhook[] {
  return (configuration.webhooks ?? []) as Webhook[];
}
