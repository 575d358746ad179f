import { DeliveryError, messageOf } from '../../errors.ts';
import { type UnreadyFacts, unreadyReasons } from '../../local/cluster-readiness.ts';
import type { Clock } from '../../ports/clock.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import { queryDns } from './dns-query.ts';

export interface ReadyOptions {
  name: string;
  kubeconfig: string;
  /** How many nodes it must have. */
  nodes: number;
  /** Milliseconds. */
  timeout: number;
  /** What to do when it does not get ready. */
  cure: string;
  clock: Clock;
  signal: AbortSignal;
  onProgress(reasons: readonly string[]): void;
}

/** Waits until pods can be run: every node ready, DNS answers, and namespace default has its ServiceAccount. */
export async function waitClusterReady(options: ReadyOptions): Promise<void> {
  const { name, timeout, clock, signal } = options;
  const giveUp = clock.now().getTime() + timeout;
  for (;;) {
    const reasons = await look(options).catch((error: unknown) => {
      if (!(error instanceof DeliveryError) || !error.retryable) throw error;
      return [error.message];
    });
    if (reasons.length === 0) return;
    if (clock.now().getTime() >= giveUp) {
      throw new DeliveryError(
        `cluster ${name} was not ready within ${timeout / 1000} s: ${reasons.join('; ')}; ${options.cure}`,
        { code: 'ClusterNotReady', retryable: true },
      );
    }
    options.onProgress(reasons);
    await clock.sleep(500, signal);
  }
}

async function look({ name, kubeconfig, nodes, signal }: ReadyOptions): Promise<string[]> {
  const cluster = connectCluster({ name, kubeconfig, context: name, signal });
  const [found, dnsPods, account] = await Promise.all([
    cluster.list({ apiVersion: 'v1', kind: 'Node' }),
    cluster.list({ apiVersion: 'v1', kind: 'Pod' }, { namespace: 'kube-system', labelSelector: 'k8s-app=kube-dns' }),
    cluster.get({ apiVersion: 'v1', kind: 'ServiceAccount', namespace: 'default', name: 'default' }),
  ]);
  const facts: UnreadyFacts = {
    expectedNodes: nodes,
    nodes: found.items,
    dnsPods: dnsPods.items,
    hasServiceAccount: account !== undefined,
  };
  const reasons = unreadyReasons(facts);
  const [pod] = dnsPods.items;
  if (reasons.length > 0 || pod === undefined) return reasons;
  return askDns(kubeconfig, name, pod.metadata.name);
}

/** A pod that is called ready may still refuse every question. */
async function askDns(kubeconfig: string, context: string, pod: string): Promise<string[]> {
  const question = 'kubernetes.default.svc.cluster.local';
  try {
    const addresses = await queryDns({
      source: { kubeconfig, context },
      pod: { namespace: 'kube-system', name: pod },
      question,
      timeout: 5_000,
    });
    return addresses.length > 0 ? [] : [`Pod kube-system/${pod} does not know ${question}`];
  } catch (error) {
    return [`Pod kube-system/${pod} does not answer a DNS query: ${messageOf(error)}`];
  }
}
