import pMap from 'p-map';
import { readStoredBundle } from '../../apply/stored-bundle.ts';
import type { WantedWorkloads } from '../../apply/wanted-replicas.ts';
import type { Stage } from '../../bundle/bundle.ts';
import { isRecordSigned, type PromotionRecord, readInventory, readPromotionRecord } from '../../plan/cluster-state.ts';
import { type OpenUpgrade, readOpenUpgrade } from '../../plan/open-upgrade.ts';
import { requestsAtOnce } from '../../plan/plan-cluster.ts';
import type { Cluster } from '../../ports/cluster.ts';
import type { KubernetesObject, ObjectId } from '../../ports/objects.ts';
import { attempt, type Known, valueOf } from './attempt.ts';

/** An object of the inventory as it is now. */
export interface PromotedObject {
  id: ObjectId;
  stage: Stage;
  /** Undefined where it is missing. */
  live: Known<KubernetesObject | undefined>;
}

/** Everything that the health of a cluster is judged by, apart from what webhooks and istiods answer. */
export interface HealthFacts {
  /** Namespace of the control plane. */
  namespace: string;
  record: PromotionRecord | undefined;
  /** Whether the cluster has signed that record. */
  signed: Known<boolean>;
  upgrade: Known<OpenUpgrade | undefined>;
  objects: PromotedObject[];
  /** What the bundle that runs wants, and the one that an open upgrade goes to. */
  wanted: Known<WantedWorkloads>;
  /** Of the namespaces that have workloads of the bundle. */
  autoscalers: Known<KubernetesObject[]>;
  /** Deployments of istiod in the namespace of the control plane. */
  istiods: Known<KubernetesObject[]>;
  /** Services of that namespace. */
  services: Known<KubernetesObject[]>;
  /** By namespace: of every one in which a Service of the bundle is, and of the control plane's. */
  endpointSlices: ReadonlyMap<string, Known<KubernetesObject[]>>;
  /** Pods of the whole cluster. */
  pods: Known<KubernetesObject[]>;
}

/** Reads the facts, each by itself: what may not be read is unknown. Throws where not even our own state can be read. */
export async function healthFacts(cluster: Cluster, namespace: string, signal: AbortSignal): Promise<HealthFacts> {
  const [record, inventory] = await Promise.all([
    readPromotionRecord(cluster, namespace),
    readInventory(cluster, namespace),
  ]);
  const ask = <T>(what: () => Promise<T>) => attempt(signal, what);
  const list = (apiVersion: string, kind: string, where: { namespace?: string; labelSelector?: string } = {}) =>
    ask(async () => (await cluster.list({ apiVersion, kind }, where)).items);
  const namespacesOf = (...kinds: string[]) => [
    ...new Set(inventory.flatMap(({ id }) => (kinds.includes(id.kind) ? (id.namespace ?? []) : []))),
  ];
  const upgrade = await ask(() => readOpenUpgrade(cluster, namespace));
  const signed = await ask(() => isRecordSigned(cluster, namespace));
  const [objects, wanted, autoscalers, istiods, services, slices, pods] = await Promise.all([
    pMap(inventory, async ({ id, stage }) => ({ id, stage, live: await ask(() => cluster.get(id)) }), {
      concurrency: requestsAtOnce,
    }),
    ask(() => wantedWorkloads(cluster, namespace, { record, upgrade: valueOf(upgrade) })),
    ask(async () => {
      const type = { apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler' };
      const lists = namespacesOf('Deployment', 'StatefulSet').map((where) => cluster.list(type, { namespace: where }));
      return (await Promise.all(lists)).flatMap(({ items }) => items);
    }),
    list('apps/v1', 'Deployment', { namespace, labelSelector: 'app=istiod' }),
    list('v1', 'Service', { namespace }),
    Promise.all(
      [...new Set([namespace, ...namespacesOf('Service')])].map(
        async (where) => [where, await list('discovery.k8s.io/v1', 'EndpointSlice', { namespace: where })] as const,
      ),
    ),
    list('v1', 'Pod'),
  ]);
  const endpointSlices = new Map(slices);
  return { namespace, record, signed, upgrade, objects, wanted, autoscalers, istiods, services, endpointSlices, pods };
}

async function wantedWorkloads(
  cluster: Cluster,
  namespace: string,
  { record, upgrade }: { record: PromotionRecord | undefined; upgrade: OpenUpgrade | undefined },
): Promise<WantedWorkloads> {
  const kept = [record?.current, upgrade?.new].filter((bundle) => bundle !== undefined);
  const stored = await Promise.all(kept.map((bundle) => readStoredBundle(cluster, namespace, bundle)));
  return {
    objects: stored.flatMap(({ bundle }) => bundle.stages.flatMap(({ objects }) => objects)),
    declared: stored.flatMap(({ manifest }) => manifest.fields ?? []),
  };
}
