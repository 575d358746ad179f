import { randomBytes } from 'node:crypto';
import type { Diagnostics } from '../adapters/diagnostics/diagnostics-folder.ts';
import { type DiagnosticsOptions, exportDiagnostics } from '../adapters/diagnostics/export-diagnostics.ts';
import { deleteKindCluster } from '../adapters/kind/delete-cluster.ts';
import { exportKindDiagnostics } from '../adapters/kind/export-kind-diagnostics.ts';
import { createKindCluster } from '../adapters/kind/kind-clusters.ts';
import type { ImagePreload } from '../adapters/kind/kind-options.ts';
import { loadImages } from '../adapters/kind/preload-images.ts';
import { currentContext } from '../adapters/kubernetes/kubeconfig-connection.ts';
import { standBack } from '../adapters/runner/stand-back.ts';
import { DeliveryError } from '../errors.ts';
import { checkedClusterName } from '../local/cluster-name.ts';
import type { Parts } from '../rehearsal/parts.ts';
import type { InputValues, JobContext } from './job.ts';
import { kindContext, kindInputs } from './kind-inputs.ts';

/** Which cluster is rehearsed in. */
export const rehearsalClusterInputs = {
  'kind-kubeconfig': {
    type: 'text',
    description:
      'Kubeconfig of an empty cluster to rehearse in, such as the output of the kind action. A kind cluster of its own is created otherwise, and deleted afterwards.',
  },
  'kind-context': { type: 'text', description: "Context in it; the kubeconfig's current one otherwise." },
  name: {
    type: 'text',
    description: 'Name of its own kind cluster; one that no other rehearsal has otherwise.',
  },
  'node-image': kindInputs['node-image'],
  diagnostics: {
    type: 'text',
    description:
      'Folder for what can be seen of a rehearsal that is no pass; `index.txt` in it says what stands where.',
  },
  keep: { type: 'flag', description: 'Leave its own kind cluster running.' },
} as const;

/** The cluster that is rehearsed in. */
export interface RehearsalCluster {
  kubeconfig: string;
  context: string;
  /** As a person reads it. */
  title: string;
  /** Has its nodes hold images; absent for a given cluster, whose nodes pull them. */
  loadImages?: (images: Pick<ImagePreload, 'names' | 'optional'>) => Promise<void>;
  /** Writes what can be seen of it into a folder; what cannot be had is noted. */
  diagnose: (folder: string, settings: DiagnosisSettings) => Promise<Diagnostics>;
}

type DiagnosisSettings = Pick<DiagnosticsOptions, 'istioVersion' | 'diagnosis' | 'signal'>;

export interface ClusterWork {
  parts: Parts;
  context: JobContext;
}

/** Refuses inputs that do not go together, before anything is built. */
export function refuseUnfitCluster(values: InputValues<typeof rehearsalClusterInputs>): void {
  const { name, 'kind-kubeconfig': kubeconfig, 'kind-context': given } = values;
  const refuse = (reason: string): never => {
    throw new DeliveryError(reason, { code: 'InvalidInput', kind: 'usage' });
  };
  if (name !== undefined) checkedClusterName(name);
  if (name !== undefined && kubeconfig !== undefined) {
    refuse(
      'name is that of a cluster that the rehearsal creates, and kind-kubeconfig is one that is there; leave one of them out',
    );
  }
  if (given !== undefined && kubeconfig === undefined) {
    refuse('kind-context names a context of kind-kubeconfig, which is not given; give both');
  }
}

/** Works in the given cluster, or in one that is created for it and deleted afterwards. */
export async function withRehearsalCluster<T>(
  values: InputValues<typeof rehearsalClusterInputs>,
  { parts, context }: ClusterWork,
  work: (cluster: RehearsalCluster) => Promise<T>,
): Promise<T> {
  const kubeconfig = values['kind-kubeconfig'];
  const given = values['kind-context'];
  // Of a run that was stopped it is still seen what there was.
  const stillThere = () => kindContext({ ...context, signal: AbortSignal.timeout(180_000) });
  if (kubeconfig !== undefined) {
    const name = given ?? currentContext(kubeconfig);
    return work({
      kubeconfig,
      context: name,
      title: given ?? kubeconfig,
      diagnose: (folder, settings) =>
        exportDiagnostics({ kubeconfig, context: name, folder, ...stillThere(), ...settings }),
    });
  }
  const kind = kindContext(context);
  // Several rehearsals may share a machine.
  const name = values.name ?? `rehearsal-${randomBytes(3).toString('hex')}`;
  const nodeImage = values['node-image'];
  const cluster = await parts.run('cluster', () =>
    createKindCluster(
      {
        name,
        ...(values.keep ? {} : { throwAway: true }),
        ...(nodeImage === undefined ? {} : { nodeImage }),
        ...(values.diagnostics === undefined ? {} : { logs: values.diagnostics }),
      },
      kind,
    ),
  );
  // Its nodes share this machine, and feel what runs beside them in every request.
  standBack();
  try {
    return await work({
      ...cluster,
      title: `kind cluster ${cluster.name}`,
      diagnose: (folder, settings) => exportKindDiagnostics(name, folder, stillThere(), settings),
      loadImages: (images) => loadImages(cluster.name, { ...images, archives: [] }, kind),
    });
  } finally {
    if (values.keep) {
      context.reporter.line(
        `cluster ${name} is left running: export KUBECONFIG=${cluster.kubeconfig}; istio-delivery local down --clusters ${name} deletes it`,
      );
    } else {
      // What the run is stopped for must not leave the cluster behind.
      await deleteKindCluster(name, { ...kind, signal: AbortSignal.timeout(60_000) });
    }
  }
}
