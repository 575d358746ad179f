import type { Journal } from './journal.ts';
import type { UpgradeContext } from './upgrade-context.ts';
import { progressLine, timeLeft } from './upgrade-progress.ts';
import { groupNamespaces } from './workloads/group-namespaces.ts';
import { listWorkloads } from './workloads/workload.ts';

/** Tells how far the workloads of all groups have come, and about how long it will still take. */
export interface MoveProgress {
  /** Counts the workloads of all groups, once. */
  begin(): Promise<void>;
  tell(where: { group: string; namespace: string; done: number }): void;
  /** A namespace is through. */
  add(namespace: string, workloads: number): void;
}

export function moveProgress(context: UpgradeContext, journal: Journal): MoveProgress {
  const { cluster, policy, clock, reporter } = context;
  let total: number | undefined;
  const through = new Map<string, number>();
  // What earlier runs moved, and when, says nothing of the pace.
  let began: { at: number; moved: number } | undefined;
  let told: number | undefined;
  return {
    async begin() {
      if (total !== undefined) return;
      const [namespaces, workloads] = await Promise.all([
        cluster.list({ apiVersion: 'v1', kind: 'Namespace' }),
        listWorkloads(cluster),
      ]);
      const names = new Set(policy.groups.flatMap((group) => groupNamespaces(group, namespaces.items)));
      total = workloads.filter(({ metadata }) => names.has(metadata.namespace ?? '')).length;
    },

    tell({ group, namespace, done }) {
      const moved = [...through.values()].reduce((sum, workloads) => sum + workloads, done);
      const first = journal.steps.find(({ step, started }) => step.startsWith('group:') && started !== undefined);
      const elapsed = first?.started === undefined ? 0 : clock.now().getTime() - new Date(first.started).getTime();
      const all = Math.max(total ?? 0, moved);
      began ??= { at: clock.now().getTime(), moved: moved - done };
      const pace = { moved: moved - began.moved, elapsed: clock.now().getTime() - began.at, left: all - moved };
      const left = timeLeft(pace, told);
      told = left?.milliseconds ?? told;
      const line = progressLine({
        step: `group:${group}`,
        namespace,
        moved,
        total: all,
        elapsed,
        ...(left ? { left } : {}),
      });
      reporter.progress(`${cluster.name} · ${line}`);
    },

    add(namespace, workloads) {
      through.set(namespace, workloads);
    },
  };
}
