import { type Context, isWanted, type Status } from './expressions.ts';
import { readYaml, type Workflow, type WorkflowJob } from './workflow-files.ts';

/** What `needs` tells of the jobs before. */
export type JobResults = Record<string, { result: Status; outputs: Record<string, string> }>;

/**
 * Whether a job runs after those that it needs; it sees no others. `caller` is how those ended that the job which calls
 * the workflow needs: to success() they come before every job in it.
 */
export function isJobWanted(job: WorkflowJob, given: Context, before: JobResults, caller: Status = 'success'): boolean {
  const needs = Object.fromEntries([job.needs ?? []].flat().map((id) => [id, before[id]]));
  const results = Object.values(needs).map((need) => need?.result);
  return isWanted(job.if, { ...given, needs }, statusOf([caller, ...results]));
}

function statusOf(results: (Status | undefined)[]): Status {
  if (results.includes('failure')) return 'failure';
  return results.every((result) => result === 'success') ? 'success' : 'skipped';
}

/** How jobs end that do not simply end well. */
export type Endings = Record<string, { result?: Status; outputs?: Record<string, string> }>;

/** The jobs of a workflow that run with these inputs, when they end as `endings` says, and well otherwise. */
export function jobsThatRun(
  path: string,
  inputs: Record<string, string | boolean>,
  endings: Endings = {},
  caller: Status = 'success',
): string[] {
  const { on, jobs } = readYaml<Workflow>(path);
  const declared = on.workflow_call?.inputs ?? on.workflow_dispatch?.inputs ?? {};
  const defaults = Object.fromEntries(Object.entries(declared).map(([name, { default: value }]) => [name, value]));
  const given = { inputs: { ...defaults, ...inputs } };
  const before: JobResults = {};
  for (const [id, job] of Object.entries(jobs)) {
    const { result = 'success', outputs = {} } = endings[id] ?? {};
    const wanted = isJobWanted(job, given, before, caller);
    before[id] = wanted ? { result, outputs } : { result: 'skipped', outputs: {} };
  }
  return Object.entries(before).flatMap(([id, { result }]) => (result === 'skipped' ? [] : [id]));
}
