import pMap from 'p-map';
import {
  bringUp,
  type EmbeddedOptions,
  type EmbeddedStatus,
  embeddedStatus,
  healClusters,
  takeDown,
  type UpOutcome,
} from '../adapters/embedded/embedded-clusters.ts';
import { kindClusters } from '../adapters/kind/kind-records.ts';
import { DeliveryError } from '../errors.ts';
import { sharedKubeconfig } from '../local/cluster-layout.ts';
import { statusTable } from '../local/status-table.ts';
import type { ToolName } from '../ports/toolchain.ts';
import { embeddedOptions } from './embedded-options.ts';
import type { JobContext } from './job.ts';

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
export const startsAtOnce = 2;

/** What there is of clusters of one provider, for a person and for machines. */
export interface LocalClusters<C> {
  /** A line each. */
  text: string[];
  clusters: C[];
}

/** Brings embedded clusters up. */
export async function upEmbedded(
  inputs: { clusters: string[]; nodes: number | undefined },
  context: JobContext,
): Promise<LocalClusters<EmbeddedStatus & { outcome: UpOutcome | undefined }> & { kubeconfig: string }> {
  const options = embeddedOptions(context);
  refuseKindNames(inputs.clusters, options);
  const { nodes = 3 } = inputs;
  await context.reporter.phase('Tools', async () => {
    for (const tool of tools) await options.toolchain.resolve(tool);
  });
  const outcomes = await context.reporter.phase('Clusters', () =>
    pMap(inputs.clusters, (name) => announced(name, nodes, options), {
      concurrency: startsAtOnce,
      signal: context.signal,
    }),
  );
  const all = await statuses(options, inputs.clusters);
  return {
    text: statusTable(all),
    clusters: all.map((status, index) => ({ ...status, outcome: outcomes[index] })),
    kubeconfig: sharedKubeconfig(options.home),
  };
}

/** Shows embedded clusters, after healing what has died of them. */
export async function statusEmbedded(
  names: readonly string[],
  context: JobContext,
): Promise<LocalClusters<EmbeddedStatus> & { healed: string[] }> {
  const options = embeddedOptions(context);
  const healed = await healClusters(options, [...names]);
  for (const name of healed) context.reporter.line(`${name}: healed`);
  const all = await statuses(options, names);
  return { text: statusTable(all), clusters: all, healed };
}

/** Ends one embedded cluster; false when there was none. */
export function downEmbedded(name: string, context: JobContext): Promise<boolean> {
  return takeDown(name, embeddedOptions(context));
}

async function announced(name: string, nodes: number, options: EmbeddedOptions): Promise<UpOutcome> {
  const outcome = await bringUp(name, nodes, options);
  options.reporter.line(`${name}: ${outcome === 'running' ? 'runs already' : outcome}`);
  return outcome;
}

function statuses(options: EmbeddedOptions, names: readonly string[]): Promise<EmbeddedStatus[]> {
  return Promise.all(names.map((name) => embeddedStatus(name, options)));
}

/** One kubeconfig holds both, each context named after its cluster. */
function refuseKindNames(names: readonly string[], options: EmbeddedOptions): void {
  const taken = kindClusters(options).find((name) => names.includes(name));
  if (taken === undefined) return;
  throw new DeliveryError(
    `cluster ${taken} cannot be created: the cluster of that name is one of kind; give another name, or, if nobody uses that one any more, delete it with istio-delivery local down --clusters ${taken}`,
    { code: 'ClusterNameTaken' },
  );
}
