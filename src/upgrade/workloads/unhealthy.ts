import { explainWorkload, repeats } from '../../apply/explain.ts';
import { DeliveryError, messageOf } from '../../errors.ts';
import { formatObjectId } from '../../ports/objects.ts';
import type { UpgradeContext } from '../upgrade-context.ts';
import type { Flight } from './flight.ts';

/** Names every workload that did not become whole, what it lacks, why, and what must be done. */
export async function workloadsUnhealthy(
  context: UpgradeContext,
  { revision, failed, untouched }: { revision: string; failed: readonly Flight[]; untouched: number },
): Promise<DeliveryError> {
  const lines = await Promise.all(failed.map((flight) => explain(context, flight, revision)));
  const cures = [...new Set(failed.flatMap(({ lack }) => lack?.cure ?? []))];
  const rest = untouched === 0 ? [] : [`${untouched} more of the namespace are not begun`];
  return new DeliveryError([[...lines, ...rest].join('; '), ...cures].join('. '), {
    code: 'WorkloadUnhealthy',
    retryable: true,
    remedy: 'Mend the cause and resume: the upgrade goes on from here',
  });
}

async function explain({ cluster, clock }: UpgradeContext, flight: Flight, revision: string): Promise<string> {
  const { id, began, lack } = flight;
  const seconds = Math.round((clock.now().getTime() - began) / 1000);
  const reason = lack?.reason ?? 'no reason is known';
  const why = await explainWorkload(cluster, id).catch(messageOf);
  // The reason may tell of that very pod.
  const more = why === undefined || repeats(reason, why) ? '' : ` (${why})`;
  return `${formatObjectId(id)} of cluster ${cluster.name} is not well on revision ${revision} after ${seconds} s: ${reason}${more}`;
}
