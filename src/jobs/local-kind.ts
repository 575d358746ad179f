import pMap from 'p-map';
import { bringUpKind, type KindStatus, kindStatus } from '../adapters/kind/bring-up-kind.ts';
import { deleteKindCluster } from '../adapters/kind/delete-cluster.ts';
import { sharedKubeconfig } from '../local/cluster-layout.ts';
import { kindTable } from '../local/status-table.ts';
import type { InputValues, JobContext } from './job.ts';
import { kindClusterOptions, kindContext, type kindInputs } from './kind-inputs.ts';
import { type LocalClusters, startsAtOnce } from './local-embedded.ts';

type UpInputs = InputValues<typeof kindInputs> & { clusters: string[]; nodes: number | undefined };

/** Brings kind clusters up. */
export async function upKind(
  inputs: UpInputs,
  context: JobContext,
): Promise<LocalClusters<KindStatus & { outcome: string | undefined }> & { kubeconfig: string }> {
  const kind = kindContext(context);
  const wanted = await kindClusterOptions(inputs.clusters, inputs.nodes, inputs);
  const outcomes = await context.reporter.phase('Clusters', () =>
    pMap(
      wanted,
      async (options) => {
        const outcome = await bringUpKind(options, kind);
        context.reporter.line(`${options.name}: ${outcome === 'running' ? 'runs already' : outcome}`);
        return outcome;
      },
      { concurrency: startsAtOnce, signal: context.signal },
    ),
  );
  const { text, clusters } = await statusKind(inputs.clusters, context);
  return {
    text,
    clusters: clusters.map((status, index) => ({ ...status, outcome: outcomes[index] })),
    kubeconfig: sharedKubeconfig(kind.home),
  };
}

/** Shows kind clusters. */
export async function statusKind(names: readonly string[], context: JobContext): Promise<LocalClusters<KindStatus>> {
  const kind = kindContext(context);
  const clusters = await Promise.all(names.map((name) => kindStatus(name, kind)));
  return { text: kindTable(clusters), clusters };
}

/** Deletes one kind cluster; false when there was none. */
export function downKind(name: string, context: JobContext): Promise<boolean> {
  return deleteKindCluster(name, kindContext(context));
}
