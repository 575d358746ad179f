import pMap from 'p-map';
import { runClusterDaemon } from '../adapters/embedded/cluster-daemon.ts';
import {
  bringUp,
  type EmbeddedOptions,
  type EmbeddedStatus,
  embeddedClusters,
  embeddedStatus,
  healClusters,
  takeDown,
  type UpOutcome,
} from '../adapters/embedded/embedded-clusters.ts';
import { embeddedSettings, thisMachine } from '../adapters/embedded/embedded-settings.ts';
import { createToolchain } from '../adapters/toolchain/create-toolchain.ts';
import { toolchainSettings } from '../adapters/toolchain/toolchain-settings.ts';
import { DeliveryError } from '../errors.ts';
import { clusterLayout, sharedKubeconfig } from '../local/cluster-layout.ts';
import { statusTable } from '../local/status-table.ts';
import type { ToolName } from '../ports/toolchain.ts';
import { embeddedOptions } from './embedded-options.ts';
import { defineJob } from './job.ts';

const tools: ToolName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
  'kwok',
  'kwokctl',
  'pilot-discovery',
];

/** A control plane needs a core to start on; more at once only wait for each other. */
const startsAtOnce = 2;

const clusters = { type: 'list', description: 'Names of the clusters.' } as const;

export const localUp = defineJob({
  name: 'local up',
  description: 'Creates embedded clusters on this machine, or finds and heals them.',
  surfaces: ['command'],
  inputs: {
    clusters: { ...clusters, required: true },
    nodes: { type: 'text', description: 'How many nodes each cluster has at least.', default: '3' },
  },
  outputs: { kubeconfig: 'Kubeconfig with a context for each cluster, named after it' },
  async run(inputs, context) {
    const options = embeddedOptions(context);
    const nodes = wholeNumber('nodes', inputs.nodes);
    await context.reporter.phase('Tools', async () => {
      for (const tool of tools) await options.toolchain.resolve(tool);
    });
    const outcomes = await context.reporter.phase('Clusters', () =>
      pMap(inputs.clusters, (name) => announced(name, nodes, options), {
        concurrency: startsAtOnce,
        signal: context.signal,
      }),
    );
    const kubeconfig = sharedKubeconfig(options.home);
    const all = await statuses(options, inputs.clusters);
    return {
      outputs: { kubeconfig },
      text: `${statusTable(all)}\n\nexport KUBECONFIG=${kubeconfig}`,
      json: { kubeconfig, clusters: all.map((status, index) => ({ ...status, outcome: outcomes[index] })) },
    };
  },
});

export const localDown = defineJob({
  name: 'local down',
  description: 'Ends embedded clusters and removes everything of them; all of them when none is named.',
  surfaces: ['command'],
  inputs: { clusters },
  outputs: {},
  async run(inputs, context) {
    const options = embeddedOptions(context);
    const names = inputs.clusters.length > 0 ? inputs.clusters : embeddedClusters(options);
    const existed = await pMap(names, (name) => takeDown(name, options), { concurrency: startsAtOnce });
    const lines = names.map((name, index) => `${name}: ${existed[index] ? 'removed' : 'there was none'}`);
    return {
      outputs: {},
      text: lines.join('\n') || 'there is no embedded cluster',
      json: { removed: names.filter((_, index) => existed[index]) },
    };
  },
});

export const localStatus = defineJob({
  name: 'local status',
  description: 'Shows the embedded clusters on this machine, after healing what has died of them.',
  surfaces: ['command'],
  inputs: { clusters },
  outputs: {},
  async run(inputs, context) {
    const options = embeddedOptions(context);
    const names = inputs.clusters.length > 0 ? inputs.clusters : embeddedClusters(options);
    const healed = await healClusters(options, names);
    for (const name of healed) context.reporter.line(`${name}: healed`);
    const all = await statuses(options, names);
    return {
      outputs: {},
      text: all.length === 0 ? 'there is no embedded cluster; create one with local up' : statusTable(all),
      json: { kubeconfig: sharedKubeconfig(options.home), clusters: all, healed },
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
    return { outputs: {}, text: `daemon of ${cluster} has ended`, json: {} };
  },
});

async function announced(name: string, nodes: number, options: EmbeddedOptions): Promise<UpOutcome> {
  const outcome = await bringUp(name, nodes, options);
  options.reporter.line(`${name}: ${outcome === 'running' ? 'runs already' : outcome}`);
  return outcome;
}

function statuses(options: EmbeddedOptions, names: readonly string[]): Promise<EmbeddedStatus[]> {
  return Promise.all(names.map((name) => embeddedStatus(name, options)));
}

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw new DeliveryError(`--${name} is "${text}"; give a whole number such as 3`, {
    code: 'NotANumber',
    kind: 'usage',
  });
}
