import type { StoredBundle } from '../apply/stored-bundle.ts';
import { unhealthyObjects } from '../apply/unhealthy-objects.ts';
import { DeliveryError } from '../errors.ts';
import { stepOf } from '../plan/step-of.ts';
import { objectId } from '../ports/objects.ts';
import { danglingReferences } from './retirement/dangling.ts';
import type { UpgradeRun } from './upgrade-run.ts';

/**
 * Everything that has been applied of one of the two bundles is ready, and nothing of Istio's points at nothing;
 * throws `MeshUnhealthy` otherwise.
 */
export async function refuseUnhealthy({ context, keeper, old }: UpgradeRun, side: StoredBundle): Promise<void> {
  const { cluster, policy } = context;
  const toCome = keeper.journal.steps.filter(({ status }) => status === 'pending').map(({ step }) => step);
  const applied = side.bundle.stages.flatMap(({ stage, objects }) =>
    objects
      .filter((object) => side === old || !toCome.includes(stepOf(stage, object, policy)))
      .map((object) => objectId(object)),
  );
  const workloads = {
    objects: side.bundle.stages.flatMap(({ objects }) => objects),
    declared: side.manifest.fields ?? [],
  };
  const trouble = [...(await unhealthyObjects(cluster, applied, workloads)), ...(await danglingReferences(context))];
  if (trouble.length === 0) return;
  throw new DeliveryError(`cluster ${cluster.name} is not well: ${trouble.join('; ')}`, {
    remedy: 'Mend it, then resume',
    code: 'MeshUnhealthy',
    retryable: true,
  });
}
