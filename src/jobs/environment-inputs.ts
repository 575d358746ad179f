import { readBundle } from '../adapters/files/read-bundle.ts';
import { connectCluster } from '../adapters/kubernetes/connect-cluster.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import type { Environment } from '../mesh/environment.ts';
import { type Connect, environmentOf } from '../plan/plan-environment.ts';
import type { Reporter } from '../ports/reporter.ts';
import { healEmbedded } from './embedded-options.ts';
import type { JobContext } from './job.ts';

/** The inputs of every job that works on one environment with a bundle. */
export const environmentInputs = {
  bundle: { type: 'text', description: 'Bundle to work with: a folder or a .tgz that render wrote.', required: true },
  environment: { type: 'text', description: 'Environment of the mesh file.', required: true },
  kubeconfig: {
    type: 'text',
    description: 'Kubeconfig with the contexts that the mesh file names; KUBECONFIG or the default file otherwise.',
  },
} as const;

export interface EnvironmentFacts {
  bundle: Bundle;
  environment: Environment;
  connect: Connect;
  kubeconfig: string | undefined;
}

/** Reads the bundle, finds the environment in it, and prepares the way to the clusters of the mesh. */
export async function readEnvironment(
  inputs: { bundle: string; environment: string; kubeconfig: string | undefined },
  context: JobContext,
): Promise<EnvironmentFacts> {
  const bundle = await readBundle(inputs.bundle);
  const environment = environmentOf(bundle, inputs.environment);
  const contexts = bundle.manifest.environments.flatMap(({ clusters }) => clusters.map(({ context }) => context));
  await healEmbedded(inputs.kubeconfig, contexts, context);
  const { kubeconfig } = inputs;
  return { bundle, environment, connect: connectWith(kubeconfig, context), kubeconfig };
}

/**
 * Opens the clusters of the mesh file through one kubeconfig, whose credentials are hidden in all that `reporter` prints;
 * `signal` ends every request.
 */
export function connectWith(
  kubeconfig: string | undefined,
  { reporter, signal }: { reporter: Pick<Reporter, 'secret'>; signal?: AbortSignal },
): Connect {
  return ({ name, context }) =>
    connectCluster({
      name,
      context,
      secret: reporter.secret,
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
      ...(signal === undefined ? {} : { signal }),
    });
}

/** The waves of an environment that a run goes through, and those that must have gone before. */
export function wavesOf(
  { name, waves }: Environment,
  wanted: number | undefined,
): { earlier: string[][]; now: string[][] } {
  if (wanted === undefined) return { earlier: [], now: waves };
  const index = wanted - 1;
  const wave = waves[index];
  if (wave) return { earlier: waves.slice(0, index), now: [wave] };
  throw new DeliveryError(`wave ${wanted} is not one of ${name}: it has waves 1 to ${waves.length}`, {
    code: 'WaveUnknown',
    kind: 'usage',
  });
}
