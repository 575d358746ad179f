import { orderObjects } from '../bundle/order-objects.ts';
import { DeliveryError } from '../errors.ts';
import type { ApplyResult, Cluster } from '../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../ports/objects.ts';

/**
 * Applies objects that belong to no bundle, in the order in which they need each other, and returns them as they are
 * then. Throws `ApplyRefused`, naming the object, for the first that the API server does not take.
 */
export async function applyGiven(
  cluster: Cluster,
  objects: readonly KubernetesObject[],
  fieldManager: string,
): Promise<KubernetesObject[]> {
  const applied: KubernetesObject[] = [];
  for (const object of orderObjects([...objects])) {
    const result = await cluster.apply(object, { fieldManager, dryRun: false, force: false });
    if (result.kind !== 'applied') {
      throw new DeliveryError(
        `${formatObjectId(objectId(object))} cannot be applied to cluster ${cluster.name}: ${refusal(result)}; correct the manifest`,
        { code: 'ApplyRefused' },
      );
    }
    applied.push(result.object);
  }
  return applied;
}

function refusal(result: Exclude<ApplyResult, { kind: 'applied' }>): string {
  switch (result.kind) {
    case 'conflict':
      return result.conflicts.map(({ field, owner }) => `${field} is owned by "${owner}"`).join(', ');
    case 'changed':
      return 'it was changed at the same moment';
    case 'absent':
      return `its ${result.missing} does not exist`;
    case 'invalid':
      return result.reason;
  }
}
