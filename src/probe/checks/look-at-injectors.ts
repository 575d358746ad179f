import type { Cluster } from '../../ports/cluster.ts';
import { probeInjector } from '../../upgrade/injection/probe-injector.ts';
import type { CheckLook, Trouble } from './check-look.ts';
import { proxyPods, revisionsOf } from './proxy-pods.ts';

/** Whether the injector of every revision that has proxies gives a pod its proxy, by a dry run in the namespace. */
export async function lookAtInjectors(cluster: Cluster, namespace: string): Promise<CheckLook> {
  const revisions = revisionsOf(await proxyPods(cluster));
  if (revisions.length === 0) return { kind: 'unseen', reason: 'no pod with a proxy is ready' };
  const troubles: Trouble[] = [];
  for (const revision of revisions) {
    const probe = await probeInjector(cluster, { namespace, revision });
    if (probe === 'injected') continue;
    if (!probe.conclusive)
      return { kind: 'unseen', reason: `the injector of ${revision} cannot be asked: ${probe.trouble}` };
    troubles.push({ subject: `the injector of ${revision}`, reason: `gives no proxy: ${probe.trouble}` });
  }
  const facts = `the injectors of ${revisions.join(' and ')} give a pod its proxy`;
  return { kind: 'seen', facts, troubles };
}
