import type { Cluster } from '../../ports/cluster.ts';
import type { ProxyDirectory } from '../../ports/proxies.ts';
import type { CheckLook, Trouble } from './check-look.ts';
import { type ProxyPod, proxyPods, revisionsOf } from './proxy-pods.ts';

/** Whether every proxy is connected to an istiod of its revision, and has acknowledged its configuration. */
export async function lookAtProxies(cluster: Cluster, proxies: ProxyDirectory): Promise<CheckLook> {
  return lookAtProxiesOf(await proxyPods(cluster), proxies);
}

export async function lookAtProxiesOf(pods: readonly ProxyPod[], proxies: ProxyDirectory): Promise<CheckLook> {
  if (pods.length === 0) return { kind: 'unseen', reason: 'no pod with a proxy is ready' };
  const revisions = revisionsOf(pods);
  const answers = await Promise.all(
    revisions.map(async (revision) =>
      (await proxies.connected(revision)).map(
        (proxy) => [`${revision} ${proxy.namespace}/${proxy.pod}`, proxy] as const,
      ),
    ),
  );
  const connected = new Map(answers.flat());
  const troubles = pods.flatMap(({ title, revision, namespace, name }): Trouble[] => {
    const proxy = connected.get(`${revision} ${namespace}/${name}`);
    if (proxy === undefined) return [{ subject: title, reason: `is not connected to an istiod of ${revision}` }];
    return proxy.synced ? [] : [{ subject: title, reason: `is not in sync: ${proxy.reason ?? 'no reason given'}` }];
  });
  const well = pods.length - troubles.length;
  return {
    kind: 'seen',
    facts: `${well} of ${pods.length} proxies of ${revisions.join(' and ')} have acknowledged all of their configuration`,
    troubles,
  };
}
