import { type KindLayout, kindLayout } from '../../local/kind-layout.ts';
import type { ClusterIdentity } from '../../ports/cluster.ts';
import { type Docker, openDocker } from '../docker/docker.ts';
import { withLock } from '../files/with-lock.ts';
import { connectCluster } from '../kubernetes/connect-cluster.ts';
import { waitClusterReady } from './cluster-ready.ts';
import { removeCluster, sweepLeftovers } from './delete-cluster.ts';
import { createUnderLock } from './kind-clusters.ts';
import type { KindClusterOptions, KindContext } from './kind-options.ts';
import { kindRecord, waitingFor } from './kind-records.ts';
import { kubernetesNodes, type NodeContainer, nodeContainers } from './node-containers.ts';

/** Brings one kind cluster up: finds it running, starts its nodes again, or creates it. */
export async function bringUpKind(
  options: KindClusterOptions,
  context: KindContext,
): Promise<'created' | 'healed' | 'running'> {
  const layout = kindLayout(context.home, options.name);
  const docker = await openDocker(context);
  await sweepLeftovers(docker, context);
  return withLock(layout.lock, waitingFor(options.name, context), async () => {
    if (kindRecord(context.home, options.name)?.complete === true) {
      const containers = await nodeContainers(docker, options.name);
      if (containers.length > 0) return heal(layout, containers, docker, context);
      context.reporter.line(`${options.name}: its containers are gone, so it is created anew`);
      await removeCluster(layout, docker, context);
    }
    await createUnderLock(options, layout, docker, context);
    return 'created';
  });
}

/** The containers of a machine that was restarted are there, and stand still. */
async function heal(
  layout: KindLayout,
  containers: readonly NodeContainer[],
  docker: Docker,
  context: KindContext,
): Promise<'healed' | 'running'> {
  const still = containers.filter(({ running }) => !running).map(({ name }) => name);
  if (still.length === 0) return 'running';
  const { name, kubeconfig } = layout;
  await docker.run(['start', ...still]);
  await waitClusterReady({
    name,
    kubeconfig,
    nodes: (await kubernetesNodes(docker, name)).length,
    timeout: 120_000,
    cure: `its nodes were started again and do not come back; create it anew after istio-delivery local down --clusters ${name}`,
    clock: context.clock,
    signal: context.signal,
    onProgress: (reasons) => context.reporter.progress(reasons.join('; ')),
  });
  return 'healed';
}

/** What stands behind one kind cluster's name. */
export interface KindStatus {
  name: string;
  context: string;
  kubeconfig: string;
  /** Undefined while the API server does not answer. */
  identity?: ClusterIdentity;
  /** Whether its creation was finished. */
  complete: boolean;
  created?: string;
}

export async function kindStatus(
  name: string,
  { home, signal }: Pick<KindContext, 'home' | 'signal'>,
): Promise<KindStatus> {
  const { kubeconfig } = kindLayout(home, name);
  const record = kindRecord(home, name);
  const identity = await connected(name, kubeconfig, signal);
  return {
    name,
    context: name,
    kubeconfig,
    ...(identity ? { identity } : {}),
    complete: record?.complete === true,
    ...(record ? { created: record.created } : {}),
  };
}

async function connected(name: string, kubeconfig: string, signal: AbortSignal): Promise<ClusterIdentity | undefined> {
  try {
    return await connectCluster({ name, kubeconfig, context: name, signal }).identity();
  } catch {
    return undefined;
  }
}
