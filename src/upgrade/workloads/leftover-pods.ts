import type { OwnerOf } from '../../cluster/pod-owner.ts';
import type { KubernetesObject } from '../../ports/objects.ts';
import type { Skipped } from '../journal.ts';
import { proxyRevision } from './proxy-pod.ts';

/**
 * Pods with a proxy of another revision that no workload replaces, by what keeps them alive, and what their owners
 * must do. Those of one owner are listed as one.
 */
export function leftoverPods(pods: readonly KubernetesObject[], ownerOf: OwnerOf, revision: string): Skipped[] {
  const left = pods.filter((pod) => ![undefined, revision].includes(proxyRevision(pod)));
  const groups = Map.groupBy(left, (pod) => {
    const { kind, name } = ownerOf(pod);
    return `${kind} ${pod.metadata.namespace}/${name}`;
  });
  return [...groups].map(([object, held]) => {
    const revisions = [...new Set(held.map(proxyRevision))].join(' and ');
    const kind = object.slice(0, object.indexOf(' '));
    return { object, ...whatToDo(kind, held.length, `a proxy of revision ${revisions}`), holdsOldRevision: true };
  });
}

function whatToDo(kind: string, count: number, proxy: string): { reason: string; cure: string } {
  const [pods, have] = count === 1 ? ['a pod of it', 'has'] : [`${count} pods of it`, 'have'];
  switch (kind) {
    case 'Pod':
      return {
        reason: `it has ${proxy}, and no controller that makes it anew`,
        cure: 'delete it and create it again',
      };
    case 'Job':
    case 'CronJob':
      return {
        reason: `${pods} ${have} ${proxy} and ${have} not ended`,
        cure: 'let it end, or delete it; what it starts from now on has the new revision',
      };
    case 'Deployment':
    case 'StatefulSet':
    case 'DaemonSet':
    case 'Rollout':
      return {
        reason: `${pods} ${have} ${proxy}, and the ${kind} that made ${count === 1 ? 'it' : 'them'} is gone`,
        cure: `delete ${count === 1 ? 'the pod' : 'the pods'}: nothing replaces ${count === 1 ? 'it' : 'them'}`,
      };
    default:
      return {
        reason: `${pods} ${have} ${proxy}, and nothing restarts a ${kind} of its own`,
        cure: 'have its pods replaced, one after the other, in the way of its controller',
      };
  }
}
