import pMap from 'p-map';
import { runClusterDaemon } from '../adapters/embedded/cluster-daemon.ts';
import { embeddedClusters } from '../adapters/embedded/embedded-clusters.ts';
import { embeddedSettings, thisMachine } from '../adapters/embedded/embedded-settings.ts';
import { forgetKindLogs } from '../adapters/kind/delete-cluster.ts';
import { kindClusters } from '../adapters/kind/kind-records.ts';
import { createToolchain } from '../adapters/toolchain/create-toolchain.ts';
import { toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import { DeliveryError } from '../errors.ts';
import { clusterLayout, sharedKubeconfig } from '../local/cluster-layout.ts';
import { defineJob, type JobContext } from './job.ts';
import { kindInputs, refuseKindInputs } from './kind-inputs.ts';
import { downEmbedded, startsAtOnce, statusEmbedded, upEmbedded } from './local-embedded.ts';
import { downKind, statusKind, upKind } from './local-kind.ts';

const clusters = { type: 'list', description: 'Names of the clusters.' } as const;

export const localUp = defineJob({
  name: 'local up',
  description: 'Creates clusters on this machine, embedded ones or those of kind, or finds and heals them.',
  surfaces: ['command'],
  inputs: {
    clusters: { ...clusters, required: true },
    provider: {
      type: 'text',
      description: 'Embedded control planes, which need no containers, or kind, which needs a Docker engine.',
      choices: ['embedded', 'kind'],
      default: 'embedded',
    },
    nodes: { type: 'number', description: 'How many nodes each cluster has at least: 3 embedded ones, or 1 of kind.' },
    ...kindInputs,
  },
  outputs: { kubeconfig: 'Kubeconfig with a context for each cluster, named after it' },
  async run(inputs, context) {
    if (inputs.provider !== 'kind') refuseKindInputs(inputs);
    const up = inputs.provider === 'kind' ? upKind : upEmbedded;
    const { text, clusters, kubeconfig } = await up(inputs, context);
    return {
      outputs: { kubeconfig },
      text: [...text, '', `export KUBECONFIG=${kubeconfig}`],
      json: { kubeconfig, clusters },
    };
  },
});

export const localDown = defineJob({
  name: 'local down',
  description: 'Ends clusters on this machine and removes everything of them.',
  surfaces: ['command'],
  inputs: {
    clusters,
    all: { type: 'flag', description: 'End every cluster that istio-delivery has on this machine.' },
  },
  outputs: {},
  async run(inputs, context) {
    const known = knownClusters();
    const every = [...known.embedded, ...known.kind];
    refuseUnclear(inputs, every);
    const names = inputs.all ? every : inputs.clusters;
    const existed = await pMap(names, (name) => down(name, known, context), { concurrency: startsAtOnce });
    if (inputs.all) forgetKindLogs(toolchainSettings(process.env).home);
    const lines = names.map((name, index) => `${name}: ${existed[index] ? 'removed' : 'there was none'}`);
    return {
      outputs: {},
      text: lines.length > 0 ? lines : ['there is no cluster on this machine'],
      json: { removed: names.filter((_, index) => existed[index]) },
    };
  },
});

export const localStatus = defineJob({
  name: 'local status',
  description: 'Shows the clusters on this machine, after healing what has died of the embedded ones.',
  surfaces: ['command'],
  inputs: { clusters },
  outputs: {},
  async run(inputs, context) {
    const known = knownClusters();
    const isAsked = (name: string) => inputs.clusters.length === 0 || inputs.clusters.includes(name);
    const kind = known.kind.filter(isAsked);
    // A name that nobody knows is shown as an embedded cluster that does not answer.
    const embedded =
      inputs.clusters.length === 0 ? known.embedded : inputs.clusters.filter((name) => !kind.includes(name));
    const shown = await statusEmbedded(embedded, context);
    const others = await statusKind(kind, context);
    const tables = [shown, others].filter((table) => table.clusters.length > 0);
    const lines = tables.flatMap(({ text }, index) => (index === 0 ? text : ['', ...text]));
    return {
      outputs: {},
      text: lines.length > 0 ? lines : ['there is no cluster on this machine; create one with local up'],
      json: {
        kubeconfig: sharedKubeconfig(toolchainSettings(process.env).home),
        clusters: [...shown.clusters, ...others.clusters],
        healed: shown.healed,
      },
    };
  },
});

/** What the other commands start beside each cluster; nobody types it. */
export const localDaemon = defineJob({
  name: 'local daemon',
  description: 'Runs the daemon of one embedded cluster in the foreground.',
  surfaces: ['command'],
  hidden: true,
  inputs: { cluster: { type: 'text', description: 'Name of the cluster.', required: true } },
  outputs: {},
  async run({ cluster }, { reporter, clock, signal }) {
    const { home, temporary } = embeddedSettings(process.env, process.argv[1]);
    const layout = clusterLayout(home, cluster, temporary);
    // Its lines become a log that is read long after.
    const log = { ...reporter, line: (text: string) => reporter.line(`${clock.now().toISOString()} ${text}`) };
    const toolchain = createToolchain(toolchainSettings(process.env), log, signal);
    await runClusterDaemon({ layout, toolchain, machine: thisMachine(), clock, reporter: log, signal });
    return { outputs: {}, text: [`daemon of ${cluster} has ended`], json: {} };
  },
});

/** Clusters that others work with are not ended by leaving something out. */
function refuseUnclear({ clusters, all }: { clusters: string[]; all: boolean }, every: readonly string[]): void {
  if (clusters.length > 0 !== all) return;
  const known = every.length === 0 ? 'there are none' : `there are ${every.join(', ')}`;
  const reason = all ? 'both names and --all were given' : `no cluster was named (${known})`;
  throw new DeliveryError(`local down ends nothing: ${reason}; give either --clusters or --all`, {
    code: 'InvalidInput',
    kind: 'usage',
  });
}

/** A name that nobody knows may still be that of a kind cluster whose creation failed and left its logs. */
async function down(name: string, known: { kind: string[] }, context: JobContext): Promise<boolean> {
  if (known.kind.includes(name)) return downKind(name, context);
  forgetKindLogs(toolchainSettings(process.env).home, name);
  return downEmbedded(name, context);
}

function knownClusters(): { embedded: string[]; kind: string[] } {
  const { home } = toolchainSettings(process.env);
  return { embedded: embeddedClusters({ home }), kind: kindClusters({ home }) };
}
