import { existsSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Context, filledIn, isWanted } from './expressions.ts';
import { runStep, type StepRun } from './run-process.ts';
import { isJobWanted, type JobResults } from './workflow-conditions.ts';
import {
  type Parameters,
  readYaml,
  root,
  type Workflow,
  type WorkflowJob,
  type WorkflowStep,
} from './workflow-files.ts';

export interface WorkflowRun {
  inputs: Record<string, string>;
  secrets: Record<string, string>;
  /** Folder that keeps the run's artifacts. */
  artifacts: string;
  /** What the runner's own environment has beside PATH and HOME. */
  env?: Record<string, string>;
}

export interface JobRun {
  outputs: Record<string, string>;
  /** Every step that ran, by name. */
  steps: Record<string, StepRun>;
  failed: boolean;
}

/**
 * Runs the jobs of a reusable workflow of ours one after the other, as a runner would: our actions as their bundles,
 * scripts with bash, artifacts as folders. Gives the jobs that ran.
 */
export async function runWorkflow(path: string, run: WorkflowRun): Promise<Record<string, JobRun>> {
  const { on, jobs } = readYaml<Workflow>(path);
  const defaults = Object.entries(on.workflow_call?.inputs ?? {}).map(([name, { default: given }]) => [name, given]);
  const given = { inputs: { ...Object.fromEntries(defaults), ...run.inputs }, secrets: run.secrets };
  const ran: Record<string, JobRun> = {};
  const needs: JobResults = {};
  for (const [id, job] of Object.entries(jobs)) {
    if (!isJobWanted(job, given, needs)) {
      needs[id] = { result: 'skipped', outputs: {} };
      continue;
    }
    const done = await runJob(job, { ...given, needs }, run);
    ran[id] = done;
    needs[id] = { result: done.failed ? 'failure' : 'success', outputs: done.outputs };
  }
  return ran;
}

async function runJob(job: WorkflowJob, given: Context, { artifacts, env = {} }: WorkflowRun): Promise<JobRun> {
  const temp = await mkdtemp(join(tmpdir(), 'istio-delivery-runner-'));
  const byId: Record<string, { outputs: Record<string, string>; outcome: string }> = {};
  const context: Context = { ...given, runner: { temp }, steps: byId };
  const steps: Record<string, StepRun> = {};
  let failed = false;
  try {
    for (const step of job.steps ?? []) {
      const wanted = isWanted(step.if, context, failed ? 'failure' : 'success');
      if (!wanted && step.id !== undefined) byId[step.id] = { outputs: {}, outcome: 'skipped' };
      if (!wanted) continue;
      const done = await runJobStep(step, { context, temp, artifacts, env });
      steps[step.name ?? step.uses ?? ''] = done;
      if (step.id !== undefined)
        byId[step.id] = { outputs: done.outputs, outcome: done.code === 0 ? 'success' : 'failure' };
      failed ||= done.code !== 0;
    }
  } finally {
    await rm(temp, { recursive: true, force: true });
  }
  return { outputs: filled(job.outputs ?? {}, context), steps, failed };
}

interface Surroundings {
  context: Context;
  temp: string;
  artifacts: string;
  env: Record<string, string>;
}

async function runJobStep(step: WorkflowStep, { context, temp, artifacts, ...own }: Surroundings): Promise<StepRun> {
  const values = filled(step.with ?? {}, context);
  const env = { ...own.env, ...filled(step.env ?? {}, context), RUNNER_TEMP: temp };
  if (step.run !== undefined) {
    return runStep(['-e', '-o', 'pipefail', '-c', step.run], { env, program: '/bin/bash' });
  }
  const uses = step.uses ?? '';
  if (uses.startsWith('$/actions/')) {
    const action = basename(uses);
    const declared = readYaml<{ inputs?: Parameters }>(`actions/${action}/action.yml`).inputs ?? {};
    const inputs = Object.entries(declared).map(([name, { default: fallback }]) => [name, String(fallback ?? '')]);
    return runStep([join(root, 'dist', `${action}.js`)], { env, inputs: { ...Object.fromEntries(inputs), ...values } });
  }
  // The repository of the tests stands for the caller's.
  if (uses.startsWith('actions/checkout@')) return done;
  if (uses.startsWith('actions/upload-artifact@')) return keepArtifact(values, artifacts);
  if (uses.startsWith('actions/download-artifact@')) return fetchArtifacts(values, artifacts);
  throw new Error(`${uses} is not known here`);
}

/** As actions/upload-artifact: a folder's content, or a file alone; nothing there is an error only when it is said so. */
async function keepArtifact(values: Record<string, string>, artifacts: string): Promise<StepRun> {
  const { name = '', path = '' } = values;
  if (!existsSync(path)) return { ...done, code: values['if-no-files-found'] === 'error' ? 1 : 0 };
  const isFolder = (await stat(path)).isDirectory();
  const kept = join(artifacts, name);
  await rm(kept, { recursive: true, force: true });
  await mkdir(kept, { recursive: true });
  await cp(path, isFolder ? kept : join(kept, basename(path)), { recursive: true });
  return done;
}

/** As actions/download-artifact with a name, or with a pattern that ends in a star. */
async function fetchArtifacts(values: Record<string, string>, artifacts: string): Promise<StepRun> {
  const { name, pattern = '', path = '' } = values;
  const names =
    name === undefined ? (await readdir(artifacts)).filter((kept) => kept.startsWith(pattern.slice(0, -1))) : [name];
  const apart = name === undefined && values['merge-multiple'] !== 'true';
  for (const kept of names) await cp(join(artifacts, kept), apart ? join(path, kept) : path, { recursive: true });
  return done;
}

const done: StepRun = { code: 0, stdout: '', stderr: '', outputs: {}, summary: '' };

function filled(values: Record<string, unknown>, context: Context): Record<string, string> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, filledIn(String(value), context)]));
}
