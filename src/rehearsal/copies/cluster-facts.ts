import { X509Certificate } from 'node:crypto';
import pMap from 'p-map';
import { DeliveryError } from '../../errors.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { isIstioWebhook, listWebhooks } from '../../plan/istio-in-cluster.ts';
import type { Cluster } from '../../ports/cluster.ts';
import { networkOf } from './pod-networks.ts';

/** What a cluster says, or why it says nothing. */
export type Answer<T> = { kind: 'known'; value: T } | { kind: 'unknown'; why: string };

export interface NamespaceLabels {
  labels: Record<string, string>;
  annotations: Record<string, string>;
}

export interface ClusterNodes {
  count: number;
  architectures: string[];
}

/** What a rehearsal compares of two clusters. No Secret is read for it. */
export interface ClusterFacts {
  /** Of the API server, as `v1.34.2`. */
  kubernetes: string;
  /** By name, of those that were asked for; `absent` where there is none. */
  namespaces: Record<string, Answer<NamespaceLabels | 'absent'>>;
  networkPolicies: Answer<{ namespace: string; name: string }[]>;
  nodes: Answer<ClusterNodes>;
  /** What gives pods their network: `calico`, `istio-cni`. */
  networks: Answer<string[]>;
  /** Admission webhook configurations that are not Istio's, by name. */
  webhooks: Answer<string[]>;
  /** Subject of the root that the mesh's proxies trust; absent where no proxy was given one. */
  root: Answer<string | undefined>;
}

/** Requests to one API server at a time. */
const requestsAtOnce = 8;

/** Asks a cluster for all of it. What this account may not read is unknown, and no failure. */
export async function clusterFacts(
  cluster: Cluster,
  { namespaces, controlPlane }: { namespaces: readonly string[]; controlPlane: string },
): Promise<ClusterFacts> {
  const { version } = await cluster.identity();
  const metadataOnly = true;
  const list = async (apiVersion: string, kind: string) =>
    (await cluster.list({ apiVersion, kind }, { metadataOnly })).items.map(({ metadata }) => metadata);
  const asked = await pMap(
    namespaces,
    async (name) => [name, await answer(() => namespaceLabels(cluster, name))] as const,
    { concurrency: requestsAtOnce },
  );
  const [networkPolicies, nodes, networks, webhooks, root] = await Promise.all([
    answer(async () =>
      (await list('networking.k8s.io/v1', 'NetworkPolicy')).map(({ namespace = '', name }) => ({ namespace, name })),
    ),
    answer(async () => {
      const all = await list('v1', 'Node');
      const architectures = all.flatMap(({ labels }) => labels?.['kubernetes.io/arch'] ?? []);
      return { count: all.length, architectures: [...new Set(architectures)].sort() };
    }),
    answer(async () => {
      const names = (await list('apps/v1', 'DaemonSet')).flatMap(({ name }) => networkOf(name) ?? []);
      return [...new Set(names)].sort();
    }),
    answer(async () => {
      const { mutating, validating } = await listWebhooks(cluster);
      const others = [...mutating, ...validating].filter((each) => !isIstioWebhook(each));
      return [...new Set(others.map(({ metadata }) => metadata.name))].sort();
    }),
    answer(() => rootSubject(cluster, controlPlane)),
  ]);
  return {
    kubernetes: version,
    namespaces: Object.fromEntries(asked),
    networkPolicies,
    nodes,
    networks,
    webhooks,
    root,
  };
}

async function answer<T>(ask: () => Promise<T>): Promise<Answer<T>> {
  try {
    return { kind: 'known', value: await ask() };
  } catch (error) {
    if (!(error instanceof DeliveryError) || error.kind === 'interrupted') throw error;
    const why = error.code === 'Forbidden' ? 'this account may not read them' : error.message;
    return { kind: 'unknown', why };
  }
}

async function namespaceLabels(cluster: Cluster, name: string): Promise<NamespaceLabels | 'absent'> {
  const found = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name });
  if (!found) return 'absent';
  const { labels = {}, annotations = {} } = found.metadata;
  return { labels, annotations };
}

/** istiod puts the root into a ConfigMap of every namespace: no Secret needs to be read for it. */
async function rootSubject(cluster: Cluster, namespace: string): Promise<string | undefined> {
  const found = await cluster.get({ apiVersion: 'v1', kind: 'ConfigMap', namespace, name: 'istio-ca-root-cert' });
  const pem = isMapping(found?.data) ? found.data['root-cert.pem'] : undefined;
  if (typeof pem !== 'string') return undefined;
  try {
    return new X509Certificate(pem).subject.replaceAll('\n', ', ');
  } catch {
    return undefined;
  }
}
