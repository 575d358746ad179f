import { isDeepStrictEqual } from 'node:util';
import type { Workflow } from '../support/workflow-files.ts';

/**
 * What keeps a run from waiting only where it must: the job that applies asks the environment's reviewers and waits in the
 * environment's one queue, and no other job does either.
 */
export function queueProblems({ concurrency, jobs }: Workflow, applying: string): string[] {
  const environment = '${{ inputs.environment }}';
  const queue = { group: `istio-delivery-${environment}`, queue: 'max', 'cancel-in-progress': false };
  const others = Object.entries(jobs).filter(([id]) => id !== applying);
  const job = jobs[applying];
  return [
    ...(concurrency === undefined ? [] : ['the workflow waits in a queue as a whole']),
    ...others.flatMap(([id, other]) => [
      ...(other.environment === undefined ? [] : [`${id} asks for reviewers`]),
      ...(other.concurrency === undefined ? [] : [`${id} waits in a queue`]),
    ]),
    ...(job?.environment === environment ? [] : [`${applying} does not ask the reviewers of its environment`]),
    ...(isDeepStrictEqual(job?.concurrency, queue)
      ? []
      : [`${applying} does not wait in the queue of its environment`]),
  ];
}
