import type { FieldOwner } from '../mesh/field-owner-schema.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import type { Stage } from './bundle.ts';
import { leftTo, leftToAnnotation, writerAmong } from './field-ownership.ts';
import { reachesValue } from './field-set.ts';
import { type ForeignField, foreignFields } from './foreign-fields.ts';
import { keepRouting } from './keep-routing.ts';
import { leaveFields, type SharedValue } from './leave-fields.ts';
import { uniteSelectors } from './unite-selectors.ts';

/** A rendered object and where it stands in the bundle. */
export interface RenderedObject {
  object: KubernetesObject;
  stage: Stage;
  /** A HorizontalPodAutoscaler sets its replicas. */
  scaled: boolean;
  /** Of an upgrade: an object of stage `routing` points where it is rendered to point, not where the live one does. */
  moves?: boolean;
  /** Fields that others write by the mesh file, of whatever objects. */
  declared?: readonly FieldOwner[];
  /** Fields of this object that others write by what the cluster says. */
  others?: readonly ForeignField[];
}

/** A field that keeps the value that somebody else gives it. */
export interface LeftField {
  path: string;
  /** Its field manager. */
  owner: string;
  reason: string;
  /** Every mesh leaves it to its controllers. */
  usual?: true;
}

/** What is sent to the API server, and what in it is not ours. */
export interface AppliedForm {
  form: KubernetesObject;
  left: LeftField[];
  shared: SharedValue[];
}

/**
 * What is sent to the API server: at creation the object as rendered, afterwards without the fields that others own
 * (`leaveFields`), by the mesh file and by the table of those that are well known.
 */
export function applyForm(
  { object, stage, scaled, moves = false, declared = [], others = [] }: RenderedObject,
  live: KubernetesObject | undefined,
  fieldManager: string,
): AppliedForm {
  const form = structuredClone(object);
  if (live === undefined) return { form, left: [], shared: [] };
  const fields = [...foreignFields({ object, live, scaled, declared }), ...others];
  const shared = [
    ...uniteSelectors(form, live, fieldManager),
    ...leaveFields(form, live, { manager: fieldManager, fields }),
  ];
  rememberOwners(form, live, { shared, fields });
  if (stage === 'routing' && !moves) keepRouting(form, live);
  const united = shared.flatMap(({ parts }) => parts.filter(({ steps }) => steps.length === 0));
  return { form, left: leftFields(live, [...fields, ...united.map(({ field }) => field)]), shared };
}

/**
 * An apply that takes a list erases its owner from managedFields, which is all that tells of a well-known one. The
 * object itself says it from then on, so that the next apply keeps the values too. Who removes the annotation takes
 * them back.
 */
function rememberOwners(
  form: KubernetesObject,
  live: KubernetesObject,
  { shared, fields }: { shared: readonly SharedValue[]; fields: readonly ForeignField[] },
): void {
  const erased = shared
    .filter(({ sent }) => sent)
    .flatMap(({ parts }) => parts.flatMap(({ field }) => (field.known === 'seen' ? [ownerOf(field, live)] : [])));
  const isSeen = (owner: string) =>
    fields.some(({ known, owners, steps }) => known === 'seen' && owners.includes(owner) && reachesValue(live, steps));
  const owners = [...new Set([...leftTo(live).filter(isSeen), ...erased])].sort();
  if (owners.length === 0) return;
  form.metadata.annotations = { ...form.metadata.annotations, [leftToAnnotation]: owners.join(',') };
}

function leftFields(live: KubernetesObject, fields: readonly ForeignField[]): LeftField[] {
  const left = fields
    .filter(({ steps }) => reachesValue(live, steps))
    .map(
      (field): LeftField => ({
        path: field.path,
        owner: ownerOf(field, live),
        reason: field.reason,
        ...(field.known === 'usual' ? { usual: true } : {}),
      }),
    );
  return [...new Map(left.map((each) => [each.path, each])).values()];
}

function ownerOf({ owners, steps }: ForeignField, live: KubernetesObject): string {
  return writerAmong(live, owners, steps) ?? owners[0];
}
