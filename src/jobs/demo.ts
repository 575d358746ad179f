import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readBundle } from '../adapters/files/read-bundle.ts';
import { canonicalJson } from '../bundle/canonical-json.ts';
import { DeliveryError } from '../errors.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../ports/objects.ts';
import { textTable } from '../text/text-table.ts';
import { rehearseRollback, upgradeTo } from './demo-upgrade.ts';
import {
  deployWorkloads,
  planAndPromote,
  promoteTo,
  type RenderedBundle,
  renderInto,
  type Work,
  workingCopy,
} from './demo-work.ts';
import { connectWith } from './environment-inputs.ts';
import { defineJob, type JobContext } from './job.ts';
import { localDown, localStatus } from './local.ts';
import { upEmbedded } from './local-embedded.ts';
import { status } from './status.ts';

const environments = ['dev', 'staging', 'production'] as const;
const clusters = environments.map((name) => `demo-${name}`);

/** The one value that the demo changes on its way: the ingress gateway may grow further. */
const changedValue = { before: 'replicas: { min: 2, max: 6 }', after: 'replicas: { min: 2, max: 8 }' };

/** As an upgrade changes the mesh file. */
const newRevision = { before: 'version: 1.31.0', after: 'version: 1.31.0\n  revision: 1-31-0-b' };

export const demo = defineJob({
  name: 'demo',
  description:
    'Takes examples/acme from its mesh file to production, on three embedded clusters with a real istiod in each.',
  surfaces: ['command'],
  inputs: { keep: { type: 'flag', description: 'Leave the clusters running.' } },
  outputs: {},
  async run({ keep }, context) {
    const started = context.clock.now().getTime();
    await localDown.run({ clusters, all: false }, context);
    try {
      const rows = await deliver(context);
      const seconds = Math.round((context.clock.now().getTime() - started) / 1000);
      const text = [
        ...textTable(['ENVIRONMENT', 'BUNDLE', 'CHANGES', 'RESULT', 'SECONDS'], rows),
        '',
        ...(await localStatus.run({ clusters }, context)).text,
        '',
        `Done in ${seconds} s.${keep ? '' : ' Nothing is left running; --keep leaves the clusters up.'}`,
        ...(keep ? keptLines() : []),
      ];
      return { outputs: {}, text, json: { seconds, rows } };
    } finally {
      if (!keep) await context.reporter.phase('Clean up', () => localDown.run({ clusters, all: false }, context));
    }
  },
});

/** The whole way, three times: the first install, one changed value, a new revision. A row for each promotion. */
async function deliver(context: JobContext): Promise<string[][]> {
  const { reporter } = context;
  const { kubeconfig } = await upEmbedded({ clusters, nodes: 3 }, context);
  const { folder, mesh } = await workingCopy();
  const work = { ...context, folder, mesh, kubeconfig };
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

  await reporter.phase('Move to a new revision in the mesh file', async () => {
    await writeFile(mesh, (await readFile(mesh, 'utf8')).replace(newRevision.before, newRevision.after));
    // An EnvoyFilter is bound to its revision: the new one gets its own, and both stand side by side until the end.
    const filter = join(folder, 'config', 'root', 'ingress-server-header.yaml');
    const bound = await readFile(filter, 'utf8');
    await writeFile(filter, bound.replace('header-1-31', 'header-1-31-b').replace('rev: 1-31-0', 'rev: 1-31-0-b'));
    reporter.line(
      'istio.revision: 1-31-0-b; a real upgrade changes istio.version, but one Istio is enough to show the way',
    );
  });
  const third = await renderInto(work, 'third');
  rows.push(await rehearseRollback(work, 'dev', third));
  for (const environment of environments) rows.push(await upgradeTo(work, environment, third));
  const everywhere = { mesh, bundle: undefined, environment: undefined, kubeconfig: work.kubeconfig };
  (await status.run(everywhere, context)).text.forEach(reporter.line);
  return rows;
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

async function versions(work: Work, environment: string, bundle: RenderedBundle): Promise<Map<string, string>> {
  const cluster = connectWith(work.kubeconfig, { reporter: work.reporter })({
    name: environment,
    context: `demo-${environment}`,
  });
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

function keptLines(): string[] {
  return [
    'The clusters are left running:',
    '  istio-delivery local status',
    `  istio-delivery local down --clusters ${clusters.join(',')}`,
  ];
}
