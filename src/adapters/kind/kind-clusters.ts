import { existsSync } from 'node:fs';
import { DeliveryError } from '../../errors.ts';
import { clusterLayout } from '../../local/cluster-layout.ts';
import { type KindLayout, kindLayout } from '../../local/kind-layout.ts';
import { type Docker, openDocker } from '../docker/docker.ts';
import { withLock } from '../files/with-lock.ts';
import { writeSharedKubeconfig } from '../kubernetes/shared-kubeconfig.ts';
import { type Creation, createNodes } from './create-nodes.ts';
import { removeCluster, sweepLeftovers } from './delete-cluster.ts';
import { equipCluster, prepareCreation } from './equip-cluster.ts';
import type { KindCluster, KindClusterOptions, KindContext, KindTimes } from './kind-options.ts';
import { changeRecord, claimCluster, kindRecord, waitingFor } from './kind-records.ts';
import { nodeContainers } from './node-containers.ts';
import { noteNetwork } from './shared-things.ts';

/**
 * Creates a kind cluster and waits until pods can be run in it. What an ended run left behind is deleted before; what
 * a failed creation left is deleted before its error is thrown.
 *
 * Throws `DockerUnavailable`, `KindNameTaken`, `HostPortTaken`, `NodeImageMissing` and the like, each with its cure.
 */
export async function createKindCluster(options: KindClusterOptions, context: KindContext): Promise<KindCluster> {
  const layout = kindLayout(context.home, options.name);
  const docker = await openDocker(context);
  await sweepLeftovers(docker, context);
  return withLock(layout.lock, waitingFor(options.name, context), () =>
    createUnderLock(options, layout, docker, context),
  );
}

/** The creation itself. The caller holds the lock of the cluster. */
export async function createUnderLock(
  options: KindClusterOptions,
  layout: KindLayout,
  docker: Docker,
  context: KindContext,
): Promise<KindCluster> {
  await refuseTaken(layout, docker, context);
  const times: KindTimes = {};
  const timed: Creation['timed'] = async (part, run) => {
    const started = context.clock.now().getTime();
    try {
      return await run();
    } finally {
      times[part] = (times[part] ?? 0) + seconds(context.clock.now().getTime() - started);
    }
  };
  try {
    await timed('total', async () => {
      const record = await claimCluster(options, context);
      await noteNetwork(docker, context);
      const creation: Creation = { options, layout, record, docker, context, timed };
      const { registryPatch } = await prepareCreation(creation);
      await createNodes(creation, registryPatch);
      await equipCluster(creation);
      changeRecord(context.home, { ...creation.record, complete: true });
    });
  } catch (error) {
    await cleanUp(layout, context);
    throw error;
  }
  writeSharedKubeconfig(context.home);
  return { name: layout.name, context: layout.name, kubeconfig: layout.kubeconfig, times: rounded(times) };
}

/** A run that is being stopped has some seconds for this; what it does not manage the next run does by the record. */
async function cleanUp(layout: KindLayout, context: KindContext): Promise<void> {
  const signal = AbortSignal.timeout(60_000);
  const still = { ...context, signal };
  try {
    await removeCluster(layout, await openDocker(still), still);
  } catch (error) {
    context.reporter.warning(
      `cluster ${layout.name} could not be deleted after its creation failed: ${String(error)}; the next run or local down deletes it`,
    );
  }
}

async function refuseTaken(layout: KindLayout, docker: Docker, context: KindContext): Promise<void> {
  const { name } = layout;
  if (kindRecord(context.home, name) !== undefined) {
    throw nameTaken(name, 'was created here, and may be in use', `istio-delivery local down --clusters ${name}`);
  }
  if ((await nodeContainers(docker, name)).length > 0) {
    throw nameTaken(name, 'was created by somebody else', `kind delete cluster --name ${name}`);
  }
  if (existsSync(clusterLayout(context.home, name, '').folder)) {
    throw nameTaken(name, 'is an embedded one', `istio-delivery local down --clusters ${name}`);
  }
}

function nameTaken(name: string, whose: string, command: string): DeliveryError {
  return new DeliveryError(
    `cluster ${name} cannot be created: the cluster of that name ${whose}; give another name, or, if nobody uses that one any more, delete it with ${command}`,
    { code: 'KindNameTaken' },
  );
}

function seconds(milliseconds: number): number {
  return milliseconds / 1000;
}

function rounded(times: KindTimes): KindTimes {
  return Object.fromEntries(Object.entries(times).map(([part, value]) => [part, Math.round(value * 10) / 10]));
}
