import type { FieldOwner } from '../mesh/field-owner-schema.ts';
import { type FieldStep, parseFieldPath } from '../mesh/field-path.ts';
import { groupOf, type KubernetesObject } from '../ports/objects.ts';
import { deliveryFieldManager } from './field-manager.ts';
import { writerAmong } from './field-ownership.ts';
import { type WellKnownField, wellKnownFields } from './well-known-owners.ts';

/** A field of one object that somebody else writes. */
export interface ForeignField {
  path: string;
  steps: FieldStep[];
  /** Its field managers; the first one is the one that is meant where none of them is seen. */
  owners: readonly [string, ...string[]];
  reason: string;
  /**
   * How it is known: by the mesh file, as what every mesh leaves to its controllers, or by the live managedFields,
   * which an apply of ours may change.
   */
  known: 'declared' | 'usual' | 'seen';
}

/** What the table of fields that others own is asked with. */
export interface FieldQuestion {
  object: KubernetesObject;
  live: KubernetesObject;
  /** An autoscaler sets its replicas. */
  scaled: boolean;
  /** What the mesh file declares, of whatever objects. */
  declared: readonly FieldOwner[];
}

/**
 * The fields of an object that others write: those that the mesh file declares and the well-known ones. Where the mesh
 * file says that such a field is istio-delivery's own, it is.
 */
export function foreignFields({ object, live, scaled, declared }: FieldQuestion): ForeignField[] {
  const meant = declared.filter((field) => isMeant(field, object));
  const claimed = new Set(meant.filter(({ owner }) => owner === deliveryFieldManager).map(({ path }) => path));
  const known = wellKnownFields
    .filter((field) => isOfKind(field, object) && !claimed.has(field.path))
    .map((field) => ({
      applies: field.applies,
      field: foreignField({ ...field, known: field.applies === 'seen' ? 'seen' : 'usual' }),
    }))
    .filter(({ applies, field }) => isTheirs(applies, field, { live, scaled }))
    .map(({ field }) => field);
  return [
    ...meant
      .filter(({ owner }) => owner !== deliveryFieldManager)
      .map(({ path, owner, reason }) => foreignField({ path, owners: [owner], reason, known: 'declared' })),
    ...known,
  ];
}

/** A field that somebody else writes, by its path. */
export function foreignField(field: Omit<ForeignField, 'steps'>): ForeignField {
  const { path, owners, reason, known } = field;
  return { path, steps: parseFieldPath(path) ?? [], owners, reason, known };
}

function isTheirs(
  applies: WellKnownField['applies'],
  { owners, steps }: ForeignField,
  { live, scaled }: Pick<FieldQuestion, 'live' | 'scaled'>,
): boolean {
  switch (applies) {
    case 'always':
      return true;
    case 'scaled':
      return scaled;
    case 'seen':
      return writerAmong(live, owners, steps) !== undefined;
  }
}

function isMeant(field: FieldOwner, object: KubernetesObject): boolean {
  const { name, namespace = '' } = object.metadata;
  return isOfKind(field, object) && globbed(field.name, name) && globbed(field.namespace, namespace);
}

function isOfKind({ kind, apiGroup }: { kind?: string; apiGroup?: string | undefined }, object: KubernetesObject) {
  return (
    (kind === undefined || kind === object.kind) && (apiGroup === undefined || apiGroup === groupOf(object.apiVersion))
  );
}

function globbed(glob: string, text: string): boolean {
  const pattern = glob.split('*').map((part) => part.replace(/[.]/g, '\\.'));
  return new RegExp(`^${pattern.join('.*')}$`).test(text);
}
