import { objectTrouble } from '../../apply/unhealthy-objects.ts';
import { wantedReplicas } from '../../apply/wanted-replicas.ts';
import { formatObjectId } from '../../ports/objects.ts';
import { reasonsOf, valueOf } from './attempt.ts';
import type { HealthFacts, PromotedObject } from './health-facts.ts';
import type { PartHealth } from './part-health.ts';

/** Whether everything that was promoted is there and ready, with as many replicas as the bundle and autoscalers want. */
export function objectHealth({ objects, wanted, autoscalers }: HealthFacts): PartHealth {
  const live = objects.flatMap((object) => valueOf(object.live) ?? []);
  const replicas = wantedReplicas(valueOf(wanted) ?? { objects: [], declared: [] }, [
    ...live,
    ...(valueOf(autoscalers) ?? []),
  ]);
  return {
    part: 'objects',
    troubles: objects.flatMap((object) =>
      object.live.kind === 'known' ? (objectTrouble(object.id, object.live.value, replicas) ?? []) : [],
    ),
    unknown: [
      ...unreadObjects(objects),
      ...reasonsOf(wanted, autoscalers).map((reason) => `how many replicas are wanted: ${reason}`),
    ],
  };
}

/** One sentence for each kind: an account that may not read one object of it may read none. */
function unreadObjects(objects: readonly PromotedObject[]): string[] {
  const unread = objects.flatMap(({ id, live }) => (live.kind === 'unknown' ? [{ id, reason: live.reason }] : []));
  return [...Map.groupBy(unread, ({ id }) => id.kind).values()].flatMap(([first, ...others]) => {
    if (first === undefined) return [];
    const more = others.length > 0 ? ` and ${others.length} more` : '';
    return [`${formatObjectId(first.id)}${more}: ${first.reason}`];
  });
}
