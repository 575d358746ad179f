import { cp, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { runStep, type StepRun } from './run-process.ts';
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
}

export interface JobRun {
  outputs: Record<string, string>;
  /** Every step that ran, by name. */
  steps: Record<string, StepRun>;
  failed: boolean;
}

type Context = Record<string, unknown>;

/**
 * Runs the jobs of a reusable workflow of ours one after the other, as a runner would: our actions as their bundles,
 * scripts with bash, artifacts as folders. It knows the expressions that our workflows use and no others.
 */
export async function runWorkflow(path: string, run: WorkflowRun): Promise<Record<string, JobRun>> {
  const { on, jobs } = readYaml<Workflow>(path);
  const defaults = Object.entries(on.workflow_call?.inputs ?? {}).map(([name, { default: given }]) => [name, given]);
  const needs: Record<string, JobRun> = {};
  for (const [id, job] of Object.entries(jobs)) {
    if (Object.values(needs).some(({ failed }) => failed)) break;
    const context = { inputs: { ...Object.fromEntries(defaults), ...run.inputs }, secrets: run.secrets, needs };
    needs[id] = await runJob(job, context, run.artifacts);
  }
  return needs;
}

async function runJob(job: WorkflowJob, given: Context, artifacts: string): Promise<JobRun> {
  const temp = await mkdtemp(join(tmpdir(), 'istio-delivery-runner-'));
  const byId: Record<string, { outputs: Record<string, string>; outcome: string }> = {};
  const context: Context = { ...given, runner: { temp }, steps: byId };
  const steps: Record<string, StepRun> = {};
  let failed = false;
  try {
    for (const step of job.steps ?? []) {
      if (!isWanted(step.if, failed, context)) continue;
      const done = await runJobStep(step, { context, temp, artifacts });
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

/** Understands `always()`, and comparisons of a value with a text. */
function isWanted(condition: string | undefined, failed: boolean, context: Context): boolean {
  if (condition === undefined) return !failed;
  const parts = condition.split(' && ');
  if (failed && !parts.includes('always()')) return false;
  return parts.every((part) => {
    const compared = /^(?<path>[\w.-]+) != '(?<text>\w*)'$/.exec(part)?.groups;
    if (compared === undefined) return part === 'always()';
    return valueAt(compared.path ?? '', context) !== (compared.text ?? '');
  });
}

interface Surroundings {
  context: Context;
  temp: string;
  artifacts: string;
}

async function runJobStep(step: WorkflowStep, { context, temp, artifacts }: Surroundings): Promise<StepRun> {
  const values = filled(step.with ?? {}, context);
  const env = { ...filled(step.env ?? {}, context), RUNNER_TEMP: temp };
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
  if (uses.startsWith('actions/upload-artifact@')) return keepArtifact(values, artifacts);
  if (uses.startsWith('actions/download-artifact@')) return fetchArtifacts(values, artifacts);
  throw new Error(`${uses} is not known here`);
}

/** As actions/upload-artifact: a folder's content, or a file alone. */
async function keepArtifact({ name = '', path = '' }: Record<string, string>, artifacts: string): Promise<StepRun> {
  const isFolder = (await stat(path)).isDirectory();
  const kept = join(artifacts, name);
  await rm(kept, { recursive: true, force: true });
  await mkdir(kept, { recursive: true });
  await cp(path, isFolder ? kept : join(kept, basename(path)), { recursive: true });
  return done;
}

/** As actions/download-artifact with a name, or with a pattern that ends in a star and `merge-multiple`. */
async function fetchArtifacts(values: Record<string, string>, artifacts: string): Promise<StepRun> {
  const { name, pattern = '', path = '' } = values;
  const names =
    name === undefined ? (await readdir(artifacts)).filter((kept) => kept.startsWith(pattern.slice(0, -1))) : [name];
  for (const kept of names) await cp(join(artifacts, kept), path, { recursive: true });
  return done;
}

const done: StepRun = { code: 0, stdout: '', stderr: '', outputs: {}, summary: '' };

function filled(values: Record<string, unknown>, context: Context): Record<string, string> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [
      name,
      String(value).replace(/\$\{\{ (?<path>[\w.-]+) \}\}/g, (_found, path: string) => valueAt(path, context)),
    ]),
  );
}

/** An expression that names nothing is empty, as on a runner. */
function valueAt(path: string, context: Context): string {
  const value = path.split('.').reduce<unknown>((at, name) => (at as Context | undefined)?.[name], context);
  return value === undefined ? '' : String(value);
}
