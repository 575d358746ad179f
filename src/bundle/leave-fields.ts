import { isDeepStrictEqual } from 'node:util';
import { type FieldStep, formatFieldPath, keysText } from '../mesh/field-path.ts';
import type { KubernetesObject } from '../ports/objects.ts';
import { allSets, appliedSets } from './field-ownership.ts';
import { type FieldSet, fieldIn, hasKeys, isLeaf, isObject, itemIn, ownedPart } from './field-set.ts';
import type { ForeignField } from './foreign-fields.ts';
import { spliceFields } from './splice-fields.ts';

/**
 * A list or mapping that server-side apply treats as one value, of which a part is somebody else's. Whoever changes
 * anything in it becomes the owner of all of it, so that an apply of ours takes it, with their values in it.
 */
export interface SharedValue {
  /** As the API server names it in a conflict: `.webhooks[name="x"].namespaceSelector`. */
  field: string;
  /** Where it stands. */
  steps: FieldStep[];
  /** What in it is theirs; the steps lead on from the value. */
  parts: { steps: FieldStep[]; field: ForeignField }[];
  /** The form has something else than the live object, so that an apply takes it. */
  sent: boolean;
}

/** One place of the object that is applied, the same of the live one, and who owns what there. */
interface Place {
  form: unknown;
  live: unknown;
  steps: FieldStep[];
  all: FieldSet[];
  ours: FieldSet[];
}

interface Found {
  holder: Record<string, unknown>;
  live: unknown;
  key: string;
  owned: boolean;
  shared: SharedValue;
}

/**
 * Takes from the form what others own. A field of its own is left out; where `manager` still owns it, it keeps its live
 * value, because the API server removes an owned field that is no longer sent. A field inside of an atomic value keeps
 * its live value in the value as rendered, and if nothing else differs then, all of it is left out.
 */
export function leaveFields(
  form: KubernetesObject,
  live: KubernetesObject,
  { manager, fields }: { manager: string; fields: readonly ForeignField[] },
): SharedValue[] {
  const found = new Map<string, Found>();
  const root = { form, live, steps: [], all: allSets(live), ours: appliedSets(live, manager) };
  for (const field of fields) leaveField(root, field.steps, { field, found });
  return [...found.values()].map(settle);
}

interface Leave {
  field: ForeignField;
  found: Map<string, Found>;
}

function leaveField(place: Place, [step, ...rest]: readonly FieldStep[], leave: Leave): void {
  if (step === undefined) return;
  if (!('field' in step)) {
    leaveItems(place, [step, ...rest], leave);
    return;
  }
  if (!isObject(place.form) || !isObject(place.live)) return;
  const { form, live } = place;
  const inner = {
    form: form[step.field],
    live: live[step.field],
    steps: [...place.steps, step],
    all: within(place.all, (set) => fieldIn(set, step.field)),
    ours: within(place.ours, (set) => fieldIn(set, step.field)),
  };
  if (rest.length === 0) {
    const [owned] = inner.ours;
    if (owned && inner.live !== undefined) form[step.field] = structuredClone(ownedPart(owned, inner.live));
    else delete form[step.field];
    return;
  }
  if (isAtomic(inner)) {
    noteShared({ holder: form, key: step.field, inner, rest }, leave);
    return;
  }
  // A field of theirs that is still ours may stand in a mapping that is rendered no longer.
  const isAdded = inner.form === undefined && isObject(inner.live) && inner.ours.length > 0;
  if (isAdded) form[step.field] = {};
  leaveField({ ...inner, form: form[step.field] }, rest, leave);
  if (isAdded && Object.keys(form[step.field] as object).length === 0) delete form[step.field];
}

/** Items that are new in a live list are applied as rendered. */
function leaveItems(place: Place, [step, ...rest]: readonly FieldStep[], leave: Leave): void {
  const { form: items, live: liveItems } = place;
  if (step === undefined || 'field' in step || !Array.isArray(items) || !Array.isArray(liveItems)) return;
  for (const item of [...items]) {
    if ('keys' in step && !hasKeys(item, step.keys)) continue;
    const keys = keysOf(item, place);
    const index = keys ? liveItems.findIndex((each) => hasKeys(each, keys)) : -1;
    if (keys === undefined || index < 0) continue;
    const live = liveItems[index] as unknown;
    const of = (sets: FieldSet[]) => within(sets, (set) => itemIn(set, live, index));
    const inner = { form: item, live, steps: [...place.steps, { keys }], all: of(place.all), ours: of(place.ours) };
    if (rest.length > 0) leaveField(inner, rest, leave);
    else if (inner.ours[0] === undefined) items.splice(items.indexOf(item), 1);
    else items.splice(items.indexOf(item), 1, structuredClone(ownedPart(inner.ours[0], live)));
  }
}

/** The keys by which managedFields find the items of a list, with their values in this one. */
function keysOf(item: unknown, { all }: Place): Record<string, unknown> | undefined {
  const key = all.flatMap(Object.keys).find((each) => each.startsWith('k:'));
  const names = key === undefined ? ['name'] : Object.keys(JSON.parse(key.slice(2)) as object);
  if (!isObject(item) || item[names[0] ?? 'name'] === undefined) return undefined;
  return Object.fromEntries(names.map((name) => [name, item[name]]));
}

/** Somebody owns it as one, and nobody a part of it; a list that nobody owns is taken for one too. */
function isAtomic({ live, all }: Place): boolean {
  if (Array.isArray(live) ? live.length === 0 : !isObject(live) || Object.keys(live).length === 0) return false;
  return all.length === 0 ? Array.isArray(live) : all.every(isLeaf);
}

function within(sets: readonly FieldSet[], part: (set: FieldSet) => FieldSet | undefined): FieldSet[] {
  return sets.map(part).filter((set) => set !== undefined);
}

function noteShared(
  { holder, key, inner, rest }: { holder: Record<string, unknown>; key: string; inner: Place; rest: FieldStep[] },
  { field, found }: Leave,
): void {
  if (inner.form === undefined) return;
  const path = formatFieldPath(inner.steps);
  const entry = found.get(path) ?? {
    holder,
    key,
    live: structuredClone(inner.live),
    owned: inner.ours.length > 0,
    shared: { field: asApiServerWrites(inner.steps), steps: inner.steps, parts: [], sent: false },
  };
  entry.shared.parts.push({ steps: rest, field });
  found.set(path, entry);
}

function settle({ holder, key, live, owned, shared }: Found): SharedValue {
  if (holder[key] === undefined) return shared;
  const paths = shared.parts.map(({ steps }) => steps);
  spliceFields(holder[key], live, paths, 'keep');
  const agrees = isDeepStrictEqual(holder[key], live);
  if (agrees && !owned) delete holder[key];
  return { ...shared, sent: !agrees };
}

function asApiServerWrites(steps: readonly FieldStep[]): string {
  return steps
    .map((step) => ('field' in step ? `.${step.field}` : 'keys' in step ? `[${keysText(step.keys)}]` : '[*]'))
    .join('');
}
