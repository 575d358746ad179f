import { secondText } from '../../probe/sample.ts';
import type { AskedTarget, WorkloadOutcome } from '../rehearsal.ts';
import type { WatchedWorkload } from './watch-workloads.ts';
import type { Restart } from './workload-tale.ts';

/** What became of each workload, and what is wrong with it; `asked` are the targets that were judged. */
export function workloadOutcomes(
  watched: readonly WatchedWorkload[],
  asked: readonly AskedTarget[],
): WorkloadOutcome[] {
  return watched.map((seen) => {
    const { workload, state, restarts, gaps } = seen;
    return {
      workload,
      targets: asked.filter(({ workloads }) => workloads.includes(workload)).map(({ target }) => target),
      state,
      restarts: restarts.length,
      away: gaps.reduce((sum, { from, to }) => sum + to - from, 0),
      findings: [...unready(seen), ...crashes(seen), ...absences(seen)].map((text) => `${workload} ${text}`),
    };
  });
}

function unready({ state }: WatchedWorkload): string[] {
  return state === 'ready' ? [] : [`is not ready after the change: ${state}`];
}

/** What restarts at every start is not the change's doing. */
function crashes({ restarts, restartedBefore }: WatchedWorkload): string[] {
  if (restartedBefore) return [];
  return [...Map.groupBy(restarts, ({ container }) => container)].map(([container, each]) => {
    const [first] = each as [Restart, ...Restart[]];
    const times = each.length === 1 ? 'once' : `${each.length} times`;
    return `was restarted: container ${container} ${times} during the change, the first at ${secondText(first.at)}: ${first.how}`;
  });
}

function absences({ gaps }: WatchedWorkload): string[] {
  const [first] = gaps;
  if (first === undefined) return [];
  const seconds = gaps.reduce((sum, { from, to }) => sum + to - from, 0) / 1000;
  return [`had no ready pod for ${seconds.toFixed(1)} s during the change, from ${secondText(first.from)}`];
}
