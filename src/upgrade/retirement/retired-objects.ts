import { type ClusterBundle, type Stage, stages } from '../../bundle/bundle.ts';
import { mayBeDeleted } from '../../plan/prune.ts';
import { type ObjectId, objectId, objectKey } from '../../ports/objects.ts';

/** What only the leaving bundle has, as far as it may be deleted at all, in groups that go one after the other. */
export function retiredObjects(leaving: ClusterBundle, staying: ClusterBundle): { stage: Stage; ids: ObjectId[] }[] {
  const kept = new Set(staying.stages.flatMap(({ objects }) => objects.map((object) => objectKey(objectId(object)))));
  return [...leaving.stages]
    .sort((left, right) => stages.indexOf(right.stage) - stages.indexOf(left.stage))
    .flatMap(({ stage, objects }) => {
      const ids = objects.map(objectId).filter((id) => mayBeDeleted(id) && !kept.has(objectKey(id)));
      // A bundle has what is needed before what needs it, so that webhooks go before the istiod that they call.
      return [...Map.groupBy(ids.reverse(), ({ kind }) => kind).values()].map((ids) => ({ stage, ids }));
    });
}
