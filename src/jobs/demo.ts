import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBundle } from '../adapters/files/read-bundle.ts';
import { packageRoot } from '../adapters/toolchain/package-root.ts';
import { toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import { waitReady } from '../apply/wait-ready.ts';
import { DeliveryError } from '../errors.ts';
import { parseYaml } from '../mesh/yaml.ts';
import { canonicalJson } from '../plan/digest.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../ports/objects.ts';
import { textTable } from '../text-table.ts';
import { connectWith } from './environment-inputs.ts';
import { defineJob, type JobContext } from './job.ts';
import { localDown, localStatus, localUp } from './local.ts';
import { plan } from './plan.ts';
import { promote } from './promote.ts';
import { render } from './render.ts';
import { status } from './status.ts';

const environments = ['dev', 'staging', 'production'] as const;
const clusters = environments.map((name) => `demo-${name}`);

/** The one value that the demo changes on its way: the ingress gateway may grow further. */
const changedValue = { before: 'replicas: { min: 2, max: 6 }', after: 'replicas: { min: 2, max: 8 }' };

export const demo = defineJob({
  name: 'demo',
  description:
    'Takes examples/acme from its mesh file to production, on three embedded clusters with a real istiod in each.',
  surfaces: ['command'],
  inputs: { keep: { type: 'flag', description: 'Leave the clusters running.' } },
  outputs: {},
  async run({ keep }, context) {
    const started = context.clock.now().getTime();
    await localDown.run({ clusters }, context);
    try {
      const rows = await deliver(context);
      const seconds = Math.round((context.clock.now().getTime() - started) / 1000);
      const text = [
        textTable(['ENVIRONMENT', 'BUNDLE', 'CHANGES', 'RESULT', 'SECONDS'], rows),
        '',
        (await localStatus.run({ clusters }, context)).text,
        '',
        `Done in ${seconds} s. ${keep ? keptText() : 'Nothing is left running; --keep leaves the clusters up.'}`,
      ].join('\n');
      return { outputs: {}, text, json: { seconds, rows } };
    } finally {
      if (!keep) await context.reporter.phase('Clean up', () => localDown.run({ clusters }, context));
    }
  },
});

/** The whole way, twice: the first install, and one changed value. A row for each promotion. */
async function deliver(context: JobContext): Promise<string[][]> {
  const { reporter } = context;
  const { outputs } = await localUp.run({ clusters, nodes: '3' }, context);
  const { folder, mesh } = await workingCopy();
  const work = { ...context, folder, mesh, kubeconfig: outputs.kubeconfig };
  const rows: string[][] = [];

  const first = await renderInto(work, 'first');
  for (const environment of environments) {
    rows.push(await promoteTo(work, environment, first));
    await reporter.phase(`The teams deploy their workloads to ${environment}`, () =>
      deployWorkloads(work, environment),
    );
  }
  rows.push(await reporter.phase('Promote the same bundle again', () => promoteAgain(work, 'production', first)));

  await reporter.phase('Change one value in the mesh file', async () => {
    await writeFile(mesh, (await readFile(mesh, 'utf8')).replace(changedValue.before, changedValue.after));
    reporter.line(`gateways[ingress]: ${changedValue.before} → ${changedValue.after}`);
  });
  const second = await renderInto(work, 'second');
  await reporter.phase('Production does not go before staging', () => beRefused(work, 'production', second));
  for (const environment of environments) rows.push(await promoteTo(work, environment, second));
  const everywhere = { mesh, bundle: undefined, environment: undefined, kubeconfig: work.kubeconfig };
  reporter.line((await status.run(everywhere, context)).text);
  return rows;
}

interface Work extends JobContext {
  folder: string;
  mesh: string;
  kubeconfig: string;
}

/** The example in a folder of its own, its contexts those of the demo's clusters. */
async function workingCopy(): Promise<{ folder: string; mesh: string }> {
  const folder = join(toolchainSettings(process.env).home, 'demo');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await cp(join(packageRoot(), 'examples', 'acme'), folder, { recursive: true });
  const mesh = join(folder, 'mesh.yaml');
  await writeFile(mesh, (await readFile(mesh, 'utf8')).replaceAll('context: ', 'context: demo-'));
  return { folder, mesh };
}

interface RenderedBundle {
  name: string;
  path: string;
}

async function renderInto(work: Work, name: string): Promise<RenderedBundle> {
  const path = join(work.folder, `bundle-${name}`);
  const { outputs } = await render.run({ mesh: work.mesh, out: path, mirror: undefined, locked: false }, work);
  work.reporter.line(`the ${name} bundle is ${outputs.digest}`);
  return { name, path };
}

/** Plans, approves the plan's digest as its reader would, and promotes exactly that plan; a row for the last table. */
async function promoteTo(work: Work, environment: string, bundle: RenderedBundle): Promise<string[]> {
  const started = work.clock.now().getTime();
  const { planned, promoted } = await planAndPromote(work, environment, bundle);
  for (const { failure } of [planned, promoted]) {
    if (failure) throw new DeliveryError(failure.reason, { code: 'DemoFailed', kind: failure.kind });
  }
  const seconds = ((work.clock.now().getTime() - started) / 1000).toFixed(1);
  return [environment, bundle.name, planned.outputs.changes, promoted.outputs.result, seconds];
}

/** Shows by the version of every object that a promotion without changes writes none of them. */
async function promoteAgain(work: Work, environment: string, bundle: RenderedBundle): Promise<string[]> {
  const before = await versions(work, environment, bundle);
  const row = await promoteTo(work, environment, bundle);
  const after = await versions(work, environment, bundle);
  const written = [...after].filter(([object, version]) => before.get(object) !== version).map(([object]) => object);
  if (written.length > 0) {
    throw new DeliveryError(`promoting the same bundle again wrote ${written.join(', ')}; nothing was to be written`, {
      code: 'DemoFailed',
    });
  }
  work.reporter.line(`none of ${after.size} objects was written`);
  return row;
}

async function beRefused(work: Work, environment: string, bundle: RenderedBundle): Promise<void> {
  const { promoted } = await planAndPromote(work, environment, bundle);
  if (promoted.failure?.kind !== 'refused') {
    throw new DeliveryError(`${environment} took a bundle that staging does not run`, { code: 'DemoFailed' });
  }
  work.reporter.line('refused, and nothing was written');
}

async function planAndPromote(work: Work, environment: string, { name, path }: RenderedBundle) {
  const on = { bundle: path, environment, kubeconfig: work.kubeconfig };
  const out = join(work.folder, `plan-${environment}-${name}.json`);
  const planned = await plan.run({ ...on, 'force-conflicts': false, out }, work);
  // A first install creates everything; its list is as long as the mesh and says little.
  work.reporter.line(name === 'first' ? planned.text.split('\n').slice(-2).join('\n') : planned.text);
  const record = join(work.folder, `record-${environment}-${name}.json`);
  const approval = { plan: out, approve: planned.outputs.digest, evidence: [] };
  const promoted = await promote.run({ ...on, ...approval, wave: undefined, timeout: '120', record }, work);
  return { planned, promoted };
}

async function deployWorkloads(work: Work, environment: string): Promise<void> {
  const { folder, reporter, clock, signal } = work;
  const cluster = connectWith(work.kubeconfig)({ name: environment, context: `demo-${environment}` });
  const workloads = join(folder, 'workloads');
  const applied: KubernetesObject[] = [];
  for (const file of (await readdir(workloads)).sort()) {
    for (const object of parseYaml(await readFile(join(workloads, file), 'utf8'), file) as KubernetesObject[]) {
      const result = await cluster.apply(object, { fieldManager: 'acme-teams', dryRun: false, force: false });
      if (result.kind !== 'applied') {
        throw new DeliveryError(`${formatObjectId(objectId(object))} cannot be applied: ${JSON.stringify(result)}`, {
          code: 'DemoFailed',
        });
      }
      applied.push(result.object);
    }
  }
  await waitReady(cluster, applied, { timeout: 60_000, clock, signal });
  reporter.line(`${applied.length} objects applied, all ready`);
}

async function versions(work: Work, environment: string, bundle: RenderedBundle): Promise<Map<string, string>> {
  const cluster = connectWith(work.kubeconfig)({ name: environment, context: `demo-${environment}` });
  const stages = (await readBundle(bundle.path)).clusters[environment]?.stages ?? [];
  const ids = stages.flatMap(({ objects }) => objects.map(objectId));
  const live = await Promise.all(ids.map((id) => cluster.get(id)));
  return new Map(ids.map((id, index) => [formatObjectId(id), versionOf(live[index])]));
}

/** The resourceVersion; where controllers write a status at any moment, everything but that status. */
function versionOf(live: KubernetesObject | undefined): string {
  if (live?.status === undefined) return live?.metadata.resourceVersion ?? 'missing';
  const { status: _status, metadata, ...rest } = live;
  const { resourceVersion: _version, managedFields = [], ...meta } = metadata;
  return canonicalJson({ ...rest, meta, managedFields: managedFields.filter(({ subresource }) => !subresource) });
}

function keptText(): string {
  return [
    'The clusters are left running:',
    '  istio-delivery local status',
    `  istio-delivery local down --clusters ${clusters.join(',')}`,
  ].join('\n');
}
