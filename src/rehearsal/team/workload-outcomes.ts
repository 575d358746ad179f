import { secondText } from '../../probe/sample.ts';
import type { AskedTarget, WorkloadOutcome } from '../rehearsal.ts';
import type { OwnRequests } from './request-ledger.ts';
import type { WatchedWorkload } from './watch-workloads.ts';
import type { Restart } from './workload-tale.ts';

/** What became of each workload, and what is wrong with it; `asked` are the targets that were judged. */
export function workloadOutcomes(
  watched: readonly WatchedWorkload[],
  asked: readonly AskedTarget[],
): WorkloadOutcome[] {
  return watched.map((seen) => {
    const { workload, state, restarts, gaps, requests } = seen;
    return {
      workload,
      targets: asked.filter(({ workloads }) => workloads.includes(workload)).map(({ target }) => target),
      state,
      restarts: restarts.length,
      away: gaps.reduce((sum, { from, to }) => sum + to - from, 0),
      ...(requests === undefined ? {} : { requests: total(requests) }),
      findings: [...unready(seen), ...crashes(seen), ...absences(seen), ...losses(seen)].map(
        (text) => `${workload} ${text}`,
      ),
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

/** What a host failed to answer before the change as well says nothing about it. */
function losses({ requests = [] }: WatchedWorkload): string[] {
  return requests
    .filter(({ before, since }) => before.failed === 0 && since.failed > 0)
    .map(
      ({ host, since }) =>
        `lost ${since.failed} of ${since.answered} requests of its own to ${host} during the change, by its sidecar (status 500 or above)`,
    );
}

function total(requests: readonly OwnRequests[]): { answered: number; failed: number } {
  const sum = (field: 'answered' | 'failed') => requests.reduce((all, { since }) => all + since[field], 0);
  return { answered: sum('answered'), failed: sum('failed') };
}
