import type { ClusterBundle } from '../bundle/bundle.ts';
import { type KubernetesObject, type ObjectId, objectId, objectKey } from '../ports/objects.ts';
import { type FieldChange, fieldChanges } from './field-changes.ts';

/** One object in which two clusters of a bundle differ. */
export type RenderDifference =
  | { kind: 'only here'; id: ObjectId; object: KubernetesObject }
  | { kind: 'only there'; id: ObjectId }
  | { kind: 'differs'; id: ObjectId; fields: FieldChange[] };

/** How the render for one cluster (`here`) differs from that for another (`there`): `before` is there, `after` here. */
export function renderDifference(here: ClusterBundle, there: ClusterBundle): RenderDifference[] {
  const left = objectsByKey(there);
  const right = objectsByKey(here);
  return [...new Set([...right.keys(), ...left.keys()])].flatMap((key): RenderDifference[] => {
    const before = left.get(key);
    const after = right.get(key);
    if (before && after) {
      const fields = fieldChanges(before, after);
      return fields.length > 0 ? [{ kind: 'differs', id: objectId(after), fields }] : [];
    }
    if (after) return [{ kind: 'only here', id: objectId(after), object: after }];
    return before ? [{ kind: 'only there', id: objectId(before) }] : [];
  });
}

function objectsByKey(bundle: ClusterBundle): Map<string, KubernetesObject> {
  const objects = bundle.stages.flatMap(({ objects }) => objects);
  return new Map(objects.map((object) => [objectKey(objectId(object)), object]));
}
