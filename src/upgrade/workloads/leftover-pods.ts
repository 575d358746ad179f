import type { KubernetesObject } from '../../ports/objects.ts';
import type { Skipped } from '../journal.ts';
import { controllerOf, type PodOwner } from './pod-owner.ts';
import { proxyRevision } from './proxy-pod.ts';

/**
 * Pods with a proxy of another revision that no workload replaces, by what keeps them alive, and what their owners
 * must do. `jobs` are the Jobs of the namespace: those of a CronJob are listed as one.
 */
export function leftoverPods(
  pods: readonly KubernetesObject[],
  jobs: readonly KubernetesObject[],
  revision: string,
): Skipped[] {
  const cronJobs = new Map(jobs.map((job) => [job.metadata.name, controllerOf(job)]));
  const left = pods.filter((pod) => ![undefined, revision].includes(proxyRevision(pod)));
  const groups = Map.groupBy(left, (pod) => {
    const { kind, name } = ownerOf(pod, cronJobs);
    return `${kind} ${pod.metadata.namespace}/${name}`;
  });
  return [...groups].map(([object, held]) => {
    const revisions = [...new Set(held.map(proxyRevision))].join(' and ');
    const kind = object.slice(0, object.indexOf(' '));
    return { object, ...whatToDo(kind, held.length, `a proxy of revision ${revisions}`), holdsOldRevision: true };
  });
}

function ownerOf(pod: KubernetesObject, cronJobs: Map<string, PodOwner | undefined>): PodOwner {
  const controller = controllerOf(pod) ?? { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name };
  return controller.kind === 'Job' ? (cronJobs.get(controller.name) ?? controller) : controller;
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
    default:
      return {
        reason: `${pods} ${have} ${proxy}, and nothing restarts a ${kind} of its own`,
        cure: 'have its pods replaced, one after the other, in the way of its controller',
      };
  }
}
