import { backoffDelay } from '../../apply/backoff.ts';
import type { Workload } from '../../cluster/pod-owner.ts';
import { DeliveryError } from '../../errors.ts';
import type { ApplyResult } from '../../ports/cluster.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import { restartFieldManager, restartForm, restartTime } from './workload-restart.ts';

/** What came of a restart. */
export type RestartResult =
  /** `generation` shows it. */
  | { kind: 'restarted'; generation: number }
  /** The workload is gone, or another one has its name. */
  | { kind: 'gone' }
  | { kind: 'refused'; reason: string };

/** How often, and after which delays, a write is sent again that the API server could not carry out. */
const attempts = 4;
const backoff = { first: 1_000, longest: 5_000 };

/** Restarts a workload by one write of the one field that says so; sent again, it changes nothing. */
export async function restartWorkload(
  context: UpgradeContext,
  { object, pods }: Workload,
  restart: string,
): Promise<RestartResult> {
  const { cluster, clock } = context;
  const result = await send(context, restartForm(object, { restart, at: restartTime(clock.now(), pods) }));
  switch (result.kind) {
    case 'applied':
      return { kind: 'restarted', generation: result.object.metadata.generation ?? 0 };
    case 'changed':
    case 'absent':
      return { kind: 'gone' };
    case 'invalid': {
      // The API server says so too of another object's UID.
      const live = await cluster.get(objectId(object));
      const isSame = live?.metadata.uid === object.metadata.uid;
      return isSame ? { kind: 'refused', reason: result.reason } : { kind: 'gone' };
    }
    case 'conflict':
      throw new DeliveryError(
        `${formatObjectId(objectId(object))} of cluster ${cluster.name} restart failed (FieldManagerConflict): ${result.conflicts.map(({ field, owner }) => `${field} is owned by "${owner}"`).join(', ')}`,
        { remedy: 'take the field from its owner, and resume', code: 'FieldManagerConflict' },
      );
  }
}

async function send({ cluster, clock, signal }: UpgradeContext, form: KubernetesObject): Promise<ApplyResult> {
  for (let failures = 0; ; failures += 1) {
    try {
      // With force: whoever owns this annotation has copied it from us.
      return await cluster.apply(form, { fieldManager: restartFieldManager, dryRun: false, force: true });
    } catch (error) {
      const passes = error instanceof DeliveryError && error.retryable && failures + 1 < attempts;
      if (!passes) throw error;
      await clock.sleep(backoffDelay(backoff, failures, Math.random()), signal);
    }
  }
}
