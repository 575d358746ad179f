import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifests } from '../adapters/files/read-manifests.ts';
import { packageRoot } from '../adapters/toolchain/package-root.ts';
import { toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import { applyGiven } from '../apply/apply-given.ts';
import { waitReady } from '../apply/wait-ready.ts';
import { DeliveryError } from '../errors.ts';
import { connectWith } from './environment-inputs.ts';
import type { JobContext } from './job.ts';
import { plan } from './plan.ts';
import { promote } from './promote.ts';
import { render } from './render.ts';
import { noToolInputs } from './tool-inputs.ts';

/** What the demo works on: its own copy of the example, and the clusters of this machine. */
export interface Work extends JobContext {
  folder: string;
  mesh: string;
  kubeconfig: string;
}

/** The example in a folder of its own, its contexts those of the demo's clusters. */
export async function workingCopy(): Promise<{ folder: string; mesh: string }> {
  const folder = join(toolchainSettings(process.env).home, 'demo');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(packageRoot(), 'examples', 'acme'), folder, { recursive: true });
  const mesh = join(folder, 'mesh.yaml');
  await writeFile(mesh, (await readFile(mesh, 'utf8')).replaceAll('context: ', 'context: demo-'));
  return { folder, mesh };
}

export interface RenderedBundle {
  name: string;
  path: string;
}

export async function renderInto(work: Work, name: string): Promise<RenderedBundle> {
  const path = join(work.folder, `bundle-${name}`);
  const { outputs } = await render.run({ mesh: work.mesh, out: path, ...noToolInputs }, work);
  work.reporter.line(`the ${name} bundle is ${outputs.digest}`);
  return { name, path };
}

/** Plans, approves the plan's digest as its reader would, and promotes exactly that plan; a row for the last table. */
export async function promoteTo(work: Work, environment: string, bundle: RenderedBundle): Promise<string[]> {
  const started = work.clock.now().getTime();
  const { planned, promoted } = await planAndPromote(work, environment, bundle);
  for (const { failure } of [planned, promoted]) {
    if (failure) throw new DeliveryError(failure.reason, { code: 'DemoFailed', kind: failure.kind });
  }
  const seconds = ((work.clock.now().getTime() - started) / 1000).toFixed(1);
  return [environment, bundle.name, planned.outputs.changes, promoted.outputs.result, seconds];
}

export async function planAndPromote(work: Work, environment: string, { name, path }: RenderedBundle) {
  const on = { bundle: path, environment, kubeconfig: work.kubeconfig };
  const out = join(work.folder, `plan-${environment}-${name}.json`);
  const planned = await plan.run({ ...on, 'force-conflicts': false, out }, work);
  // A first install creates everything: its plan is as long as the mesh.
  work.reporter.line(name === 'first' ? headOf(planned.text) : planned.text);
  const record = join(work.folder, `record-${environment}-${name}.json`);
  const approval = { plan: out, approve: planned.outputs.digest, evidence: [] };
  const promoted = await promote.run({ ...on, ...approval, wave: undefined, timeout: 120, record }, work);
  return { planned, promoted };
}

/** What a plan is about, its digest, and what it comes to. */
export function headOf(plan: string): string {
  return plan.split('\n\n', 1).join();
}

/** What the teams do: their own manifests, with a field manager of their own. */
export async function deployWorkloads(work: Work, environment: string): Promise<void> {
  const { folder, reporter, clock, signal } = work;
  const cluster = connectWith(work.kubeconfig, { reporter })({ name: environment, context: `demo-${environment}` });
  const objects = await readManifests([join(folder, 'workloads')], 'workloads');
  const applied = await applyGiven(cluster, objects, 'acme-teams');
  await waitReady(cluster, applied, { timeout: 60_000, clock, signal });
  reporter.line(`${applied.length} objects applied, all ready`);
}
