import type { ClusterBundle } from '../bundle/bundle.ts';
import { deliveryFieldManager } from '../bundle/field-manager.ts';
import { DeliveryError } from '../errors.ts';
import type { Cluster } from '../ports/cluster.ts';

/**
 * Creates the control plane's namespace, just as the bundle has it, where it does not exist: the lock and the records
 * live in it, so it comes before the plan is carried out.
 */
export async function ensureControlPlaneNamespace(
  cluster: Cluster,
  bundle: ClusterBundle,
  namespace: string,
): Promise<void> {
  const live = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
  if (live) return;
  const object = bundle.stages
    .find(({ stage }) => stage === 'namespaces')
    ?.objects.find(({ metadata }) => metadata.name === namespace);
  if (!object) {
    throw new DeliveryError(`bundle for cluster ${cluster.name} has no Namespace ${namespace}; render it again`, {
      code: 'BundleIncomplete',
    });
  }
  const result = await cluster.apply(object, { fieldManager: deliveryFieldManager, dryRun: false, force: false });
  if (result.kind === 'applied') return;
  const reason = result.kind === 'invalid' ? result.reason : result.kind;
  throw new DeliveryError(
    `Namespace ${namespace} of cluster ${cluster.name} cannot be created: ${reason}; create it, or remove what refuses it`,
    { code: 'NamespaceRefused' },
  );
}
