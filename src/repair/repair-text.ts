import { inventoryName, promotionRecordName } from '../plan/cluster-state.ts';
import { upgradeJournalName } from '../plan/open-upgrade.ts';
import { visibleText } from '../plan/report/visible-text.ts';
import { count } from '../plan/report/words.ts';
import type { ClusterRepair, RepairPlan, RepairWrite } from './repair-plan.ts';

/** How many objects a list names; the plan file has all of them. */
const named = 20;

/** Whether there is anything to repair. */
export function repairsNothing({ clusters }: RepairPlan): boolean {
  return clusters.every(({ writes }) => writes.length === 0);
}

/** A repair plan for a person who is to approve it. */
export function repairPlanText(plan: RepairPlan): string {
  const { environment, bundle, clusters, digest } = plan;
  return [
    `Repair of the state of ${visibleText(environment)}, where bundle ${visibleText(bundle)} is said to run`,
    ...clusters.flatMap((repair) => ['', ...clusterLines(repair)]),
    '',
    repairsNothing(plan) ? 'Nothing to repair.' : `repair plan: ${digest}`,
  ].join('\n');
}

function clusterLines(repair: ClusterRepair): string[] {
  const { cluster, identity, found, controlPlanes, writes, differing, unclaimed } = repair;
  const running = controlPlanes.map(({ revision, version }) => `${revision} (Istio ${version})`).join(', ');
  return [
    `${cluster} (Kubernetes ${identity.version}, ${identity.server}, kube-system ${identity.uid})`,
    `  control planes: ${running}`,
    `  ${promotionRecordName}: ${foundText(found.record)}`,
    `  ${inventoryName}: ${foundText(found.inventory)}`,
    `  ${upgradeJournalName}: ${foundText(found.journal)}`,
    ...writes.map((write) => `  → ${writeText(write)}`),
    ...listLines('not as the bundle has them, and left as they are', differing),
    ...listLines("with the mesh's label and not of the bundle: nothing prunes them", unclaimed),
  ].map(visibleText);
}

function foundText(found: ClusterRepair['found']['record']): string {
  switch (found.kind) {
    case 'absent':
      return 'not there';
    case 'sound':
      return 'sound';
    case 'damaged':
      return `damaged: ${found.reason}`;
  }
}

function writeText(write: RepairWrite): string {
  switch (write.document) {
    case 'inventory':
      return `the inventory is written anew, with ${count(write.objects.length, 'object')} of the bundle that the cluster has`;
    case 'record':
      return 'the promotion record is written anew: this bundle runs, and is kept; the one before it is not known any more';
    case 'journal':
      return 'the journal is deleted: an upgrade that was on its way is begun again, by upgrade start';
  }
}

function listLines(title: string, objects: readonly string[]): string[] {
  if (objects.length === 0) return [];
  const more = objects.length > named ? [`    and ${objects.length - named} more`] : [];
  return [`  ${title}:`, ...objects.slice(0, named).map((object) => `    ${object}`), ...more];
}
