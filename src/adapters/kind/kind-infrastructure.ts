import { messageOf } from '../../errors.ts';
import { nodeFailure, nodeStateFormat, readNodeStates } from '../../local/node-failure.ts';
import type { Infrastructure, InfrastructureTrouble } from '../../ports/infrastructure.ts';
import { openDocker } from '../docker/docker.ts';
import { apiServerTrouble } from '../kubernetes/api-server-trouble.ts';
import { runProgram } from '../toolchain/run-program.ts';
import type { KindCluster, KindContext } from './kind-options.ts';
import { kubernetesNodes } from './node-containers.ts';

/** Milliseconds for the engine to say how containers are. */
const patience = 15_000;

/** What a kind cluster stands on: the containers of its nodes, the Docker engine, its API server. */
export async function kindInfrastructure(
  { name, kubeconfig, context }: KindCluster,
  { environment, signal }: Pick<KindContext, 'environment' | 'signal'>,
): Promise<Infrastructure> {
  const nodes = await kubernetesNodes(await openDocker({ environment, signal }), name);
  return {
    trouble: async (signal) =>
      (await containerTrouble(nodes, { environment, signal })) ?? apiServerTrouble({ kubeconfig, context }, signal),
  };
}

async function containerTrouble(
  nodes: readonly string[],
  { environment, signal }: Pick<KindContext, 'environment' | 'signal'>,
): Promise<InfrastructureTrouble | undefined> {
  const silent = (why: string) => ({ reason: `Docker engine does not answer: ${why}`, certain: false });
  try {
    const inspect = ['container', 'inspect', '--format', nodeStateFormat, ...nodes];
    const { exitCode, timedOut, output, errors } = await runProgram('docker', inspect, {
      environment,
      signal,
      timeout: patience,
    });
    if (timedOut) return silent(`no answer within ${patience / 1000} s`);
    // One that is gone makes it end with 1, and is named.
    if (exitCode !== 0 && !/no such (container|object)/i.test(errors)) {
      return silent(errors.trim().split('\n').at(-1) || `exit code ${exitCode}`);
    }
    const reason = nodeFailure(nodes, readNodeStates(output));
    return reason === undefined ? undefined : { reason, certain: true };
  } catch (error) {
    return signal.aborted ? undefined : silent(messageOf(error));
  }
}
