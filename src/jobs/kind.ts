import { existsSync, readdirSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pMap from 'p-map';
import { privateFolder } from '../adapters/files/private-folder.ts';
import { deleteKindCluster } from '../adapters/kind/delete-cluster.ts';
import { exportKindDiagnostics } from '../adapters/kind/export-kind-diagnostics.ts';
import { createKindCluster } from '../adapters/kind/kind-clusters.ts';
import type { KindCluster, KindContext } from '../adapters/kind/kind-options.ts';
import { addFile, jobClusters, kindRecord } from '../adapters/kind/kind-records.ts';
import { joinKubeconfigs } from '../adapters/kubernetes/shared-kubeconfig.ts';
import { DeliveryError } from '../errors.ts';
import { count } from '../plan/report/words.ts';
import { jsonText } from '../text/json-text.ts';
import { blankLine, type Markdown, markdown, markdownLines, markdownTable } from '../text/markdown.ts';
import { textTable } from '../text/text-table.ts';
import { defineJob, type InputValues, type JobContext, type JobResult } from './job.ts';
import { kindClusterOptions, kindContext, kindInputs } from './kind-inputs.ts';
import { toolInputs, toolOverrides } from './tool-inputs.ts';

const inputs = {
  operation: {
    type: 'text',
    description: 'What to do: create clusters, or export what can be seen of those that are there, into `diagnostics`.',
    choices: ['create', 'export'],
    default: 'create',
  },
  clusters: { type: 'list', description: 'Names of the clusters, and of their contexts; `kind` where none is given.' },
  nodes: {
    type: 'number',
    description: 'How many nodes each cluster has: one control plane, and workers. 1 where nothing is given.',
  },
  ...kindInputs,
  diagnostics: {
    type: 'text',
    description:
      'Folder for logs, events, descriptions and proxy configurations; below RUNNER_TEMP where none is given.',
  },
  ...toolInputs,
  'job-status': {
    type: 'text',
    description: 'How the job stands, from the runner.',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the runner puts the value in
    default: '${{ job.status }}',
    internal: true,
  },
} as const;

const outputs = {
  kubeconfig: 'Path of the kubeconfig with a context for each cluster, named after it; only its owner can read it.',
  clusters: 'Names of the clusters, which are those of their contexts, between commas.',
  times: 'Seconds that each part took, as JSON, by cluster.',
  diagnostics: 'Folder that the diagnostics go to.',
};

type Values = InputValues<typeof inputs>;
type Outputs = keyof typeof outputs;

/** Kind clusters for the time of one job. */
export const kind = defineJob({
  name: 'kind',
  description: 'Creates kind clusters for validation, and deletes them and all that belongs to them when the job ends.',
  surfaces: ['action'],
  inputs,
  outputs,
  async run(values, context): Promise<JobResult<Outputs>> {
    return values.operation === 'create' ? create(values, context) : exportNow(values, context);
  },
  async post(values, context) {
    if (values.operation !== 'create') return;
    const kindOf = contextOf(values, context);
    const names = jobClusters(namesOf(values), kindOf);
    // One that took too long counts as cancelled.
    if (values['job-status'] !== 'success' && names.length > 0) {
      await context.reporter.phase('Diagnostics of the job, which did not succeed', () =>
        exportAll(names, values, context),
      );
    }
    await context.reporter.phase('Delete kind clusters', () => deleteAll(names, kindOf));
    removeIfEmpty(temporaryFolder());
  },
});

async function create(values: Values, context: JobContext): Promise<JobResult<Outputs>> {
  const kindOf = contextOf(values, context);
  const folder = temporaryFolder();
  const kubeconfig = join(folder, `kubeconfig-${namesOf(values).join('-')}`);
  const wanted = await kindClusterOptions(namesOf(values), values.nodes, values);
  const created = await context.reporter.phase('Create kind clusters', () =>
    pMap(wanted, (options) => createKindCluster({ ...options, logs: join(folderOf(values), options.name) }, kindOf), {
      concurrency: 2,
      signal: context.signal,
      stopOnError: false,
    }).catch((error: unknown) => {
      throw error instanceof AggregateError ? error.errors[0] : error;
    }),
  );
  for (const { name } of created) addFile(name, kubeconfig, kindOf);
  joinKubeconfigs(
    created.map((cluster) => cluster.kubeconfig),
    kubeconfig,
  );
  const times = Object.fromEntries(created.map((cluster) => [cluster.name, cluster.times]));
  return {
    outputs: {
      kubeconfig,
      clusters: created.map(({ name }) => name).join(','),
      times: jsonText(times),
      diagnostics: folderOf(values),
    },
    text: timesTable(created),
    json: { kubeconfig, clusters: created, times },
    summary: summarise(created),
  };
}

async function exportNow(values: Values, context: JobContext): Promise<JobResult<Outputs>> {
  const kindOf = contextOf(values, context);
  const names = namesOf(values).filter((name) => kindRecord(kindOf.home, name) !== undefined);
  if (names.length === 0) {
    throw new DeliveryError(`there is no kind cluster ${namesOf(values).join(', ')} to export; create it before`, {
      code: 'KindClusterMissing',
      kind: 'usage',
    });
  }
  await context.reporter.phase('Diagnostics', () => exportAll(names, values, context));
  const diagnostics = folderOf(values);
  return {
    outputs: { kubeconfig: '', clusters: names.join(','), times: '{}', diagnostics },
    text: [`diagnostics of ${names.join(', ')} are in ${diagnostics}`],
    json: { clusters: names, diagnostics },
  };
}

async function exportAll(names: readonly string[], values: Values, context: JobContext): Promise<void> {
  const { reporter } = context;
  for (const name of names) {
    const folder = join(folderOf(values), name);
    const { files, failures, unwell } = await exportKindDiagnostics(name, folder, contextOf(values, context));
    for (const line of unwell) reporter.line(`${name}: ${line}`);
    for (const line of failures) reporter.line(`${name}: could not be exported: ${line}`);
    reporter.line(`${name}: ${count(files.length, 'file')} in ${folder}`);
  }
}

/** Each of them is tried, whatever became of the one before. */
async function deleteAll(names: readonly string[], kindOf: KindContext): Promise<void> {
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      await deleteKindCluster(name, kindOf);
      kindOf.reporter.line(`${name}: deleted`);
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

function contextOf(values: Values, context: JobContext): KindContext {
  return kindContext(context, toolOverrides(values));
}

function namesOf({ clusters }: Values): string[] {
  return clusters.length > 0 ? clusters : ['kind'];
}

function folderOf({ diagnostics }: Values): string {
  return diagnostics === undefined ? join(temporaryFolder(), 'diagnostics') : resolve(diagnostics);
}

/** Diagnostics stay for whoever reads them; an empty folder is nothing to keep. */
function removeIfEmpty(folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length === 0) rmdirSync(folder);
}

/** Kubeconfigs and diagnostics lie in it; off a runner its place is shared with all users of the machine. */
function temporaryFolder(): string {
  const remedy = 'remove it, or set RUNNER_TEMP to a folder of this job';
  return privateFolder(join(process.env.RUNNER_TEMP || tmpdir(), 'istio-delivery-kind'), remedy);
}

function timesTable(clusters: readonly KindCluster[]): string[] {
  const rows = clusters.flatMap(({ name, times }) =>
    Object.entries(times).map(([part, seconds]) => [name, part, seconds.toFixed(1)]),
  );
  return textTable(['CLUSTER', 'PART', 'SECONDS'], rows);
}

function summarise(clusters: readonly KindCluster[]): Markdown {
  const rows = clusters.map(({ name, times: { total = 0, ...parts } }) => {
    const each = Object.entries(parts).map(([part, seconds]) => `${part} ${seconds.toFixed(1)} s`);
    return [name, `${total.toFixed(1)} s`, each.join(', ')];
  });
  const table = markdownTable({ headings: ['Cluster', 'Took', 'Of that'], rows });
  return markdownLines([markdown`### kind clusters`, blankLine, ...table]);
}
