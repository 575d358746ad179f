import { visibleText } from '../../text/visible-text.ts';
import { type ClusterPlan, changeCount, type Plan, problemCount } from '../plan.ts';
import { openUpgradeVerdict } from './open-upgrade-lines.ts';
import { count } from './words.ts';

/** `Upgrade 1.30.3 → 1.31.0, production (2 clusters)`. */
export function planTitle(plan: Plan): string {
  return `${visibleText(whatOf(plan))}, ${visibleText(plan.environment)} (${count(plan.clusters.length, 'cluster')})`;
}

function whatOf({ istio, clusters }: Plan): string {
  const moving = clusters.filter(({ upgrade }) => upgrade);
  const running = (moving.length > 0 ? moving : clusters).flatMap(({ runs }) => runs?.istio ?? []);
  const versions = [...new Set(running.map(({ version }) => version))];
  const others = versions.filter((version) => version !== istio.version);
  if (moving.length > 0) {
    if (others.length > 0) return `Upgrade ${versions.join(', ')} → ${istio.version}`;
    const revisions = [...new Set(running.map(({ revision }) => revision))];
    return `Upgrade ${revisions.join(', ')} → ${istio.revision} (Istio ${istio.version})`;
  }
  if (versions.length === 0) return `First promotion of Istio ${istio.version}`;
  if (others.length > 0) return `Update in place ${others.join(', ')} → ${istio.version}`;
  return `Change of Istio ${istio.version}`;
}

/** What the plan comes to, in a sentence. */
export function planVerdict(plan: Plan): string {
  const problems = problemCount(plan);
  if (problems > 0) return `This plan cannot be promoted: ${count(problems, 'problem')}.`;
  const open = openUpgradeVerdict(
    plan.clusters.flatMap(({ open }) => open ?? []),
    count(changeCount(plan), 'change'),
  );
  if (open !== undefined) return visibleText(open);
  if (changeCount(plan) === 0) return `Nothing to do: ${visibleText(plan.environment)} is what the bundle says.`;
  return `${count(changeCount(plan), 'change')} in ${count(plan.clusters.length, 'cluster')}.`;
}

/** Which cluster it is, and how much changes in it. */
export function clusterLine(cluster: ClusterPlan): string {
  const { identity, changes, policy, unchanged, problems, upgrade } = cluster;
  const of = (action: string) => changes.filter((change) => change.action === action).length;
  const counts = [
    `${of('create')} to create`,
    `${of('update')} to update`,
    `${of('delete')} to delete${upgrade ? ' when it is finished' : ''}`,
    ...(policy.length > 0 ? [`${policy.length} of policy`] : []),
    `${unchanged} unchanged`,
    ...(problems.length > 0 ? [count(problems.length, 'problem')] : []),
  ];
  return visibleText(
    `${cluster.cluster} (Kubernetes ${identity.version}, ${identity.server}, kube-system ${identity.uid}), ${runsOf(cluster)}: ${counts.join(', ')}`,
  );
}

function runsOf({ runs }: ClusterPlan): string {
  return runs ? `runs Istio ${runs.istio.version}, revision ${runs.istio.revision}` : 'runs no bundle yet';
}
