import type { Bundle } from '../bundle/bundle.ts';
import { DeliveryError } from '../errors.ts';
import { nodeImageLike } from '../local/node-image.ts';
import type { ClusterTarget } from '../mesh/environment.ts';
import { clusterBundle } from '../plan/plan-environment.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { clusterFacts } from '../rehearsal/copies/cluster-facts.ts';
import type { AskedEnvironment } from '../rehearsal/copies/reproduction.ts';
import { namespaceNames } from '../rehearsal/rehearsed-namespaces.ts';
import type { JobContext } from './job.ts';
import type { Running } from './running-bundle.ts';

interface Rehearsed {
  from?: Bundle;
  to: Bundle;
  target: ClusterTarget;
  workloads: KubernetesObject[];
}

/** What a rehearsal can copy of the environment's cluster, where that could be asked what it runs. */
export async function askedEnvironment(
  asked: Running['asked'],
  { from, to, target, workloads }: Rehearsed,
): Promise<AskedEnvironment> {
  if ('reason' in asked) return { kind: 'not asked', why: asked.reason };
  const bundles = [...(from ? [from] : []), to].map((bundle) => clusterBundle(bundle, target.name));
  const { upgrade: policy, namespaces } = to.manifest;
  try {
    const facts = await clusterFacts(asked.cluster, {
      namespaces: namespaceNames({ bundles, workloads, policy }),
      controlPlane: namespaces.controlPlane,
    });
    return { kind: 'asked', facts };
  } catch (error) {
    if (!(error instanceof DeliveryError) || error.kind === 'interrupted') throw error;
    return { kind: 'not asked', why: error.message };
  }
}

/** The inputs with the node image of the environment's Kubernetes, where none is given and there is one. */
export function likeEnvironment<T extends { 'node-image': string | undefined; 'kind-kubeconfig': string | undefined }>(
  values: T,
  environment: AskedEnvironment,
  { reporter }: Pick<JobContext, 'reporter'>,
): T {
  if (environment.kind === 'not asked' || values['node-image'] !== undefined) return values;
  if (values['kind-kubeconfig'] !== undefined) return values;
  const image = nodeImageLike(environment.facts.kubernetes);
  if (image === undefined) return values;
  reporter.line(`node image ${image}: the environment runs Kubernetes ${environment.facts.kubernetes}`);
  return { ...values, 'node-image': image };
}
