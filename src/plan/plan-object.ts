import { isDeepStrictEqual } from 'node:util';
import { applyForm, type LeftField, type RenderedObject } from '../bundle/apply-form.ts';
import { fieldManagerFor } from '../bundle/field-manager.ts';
import { meshLabel } from '../bundle/labels.ts';
import type { SharedValue } from '../bundle/leave-fields.ts';
import type { ApplyResult, Cluster } from '../ports/cluster.ts';
import { type KubernetesObject, objectId } from '../ports/objects.ts';
import { meshLabelled } from './cluster-state.ts';
import { fieldChanges } from './field-changes.ts';
import { liveOwners } from './live-owners.ts';
import { agrees, appliedFields } from './owned-fields.ts';
import type { Change, Problem } from './plan.ts';
import { sharedTaking, type TakenField, withoutShared } from './shared-values.ts';

/** An object of the bundle, with what the bundle says about it. */
export interface PlannedObject extends RenderedObject {
  /** What the bundle itself brings that the object stands on; `versions`: those that its definition serves. */
  inBundle: { namespace: boolean; versions?: readonly string[] };
  /** UID by which the inventory knows the object; absent where it does not. */
  uid?: string;
}

export interface ObjectPlan {
  planned: PlannedObject;
  /** What would be applied. */
  form: KubernetesObject;
  fieldManager: string;
  live: KubernetesObject | undefined;
  /** Fields that keep the values that others give them. */
  left: LeftField[];
  outcome: { kind: 'unchanged' } | { kind: 'change'; change: Change } | { kind: 'problem'; problem: Problem };
  /** What the API server says of it though it takes it. */
  warnings: string[];
}

export interface PlanObjectOptions {
  forceConflicts: boolean;
}

/** How often an object may change between the two requests of an examination before that is a problem. */
const attempts = 5;

/** What an apply would do to one object, from a dry run by the API server. Writes nothing. */
export async function planObject(
  cluster: Cluster,
  planned: PlannedObject,
  options: PlanObjectOptions,
): Promise<ObjectPlan> {
  for (let attempt = 1; ; attempt += 1) {
    const { isOutdated, ...plan } = await examine(cluster, planned, options);
    if (!isOutdated || attempt === attempts) return plan;
  }
}

async function examine(
  cluster: Cluster,
  planned: PlannedObject,
  options: PlanObjectOptions,
): Promise<ObjectPlan & { isOutdated: boolean }> {
  const { object, stage } = planned;
  const id = objectId(object);
  const fieldManager = fieldManagerFor(stage, object);
  const live = await cluster.get(id);
  const owners = live ? await liveOwners(cluster, planned, live) : {};
  const { form, left, shared } = applyForm({ ...planned, ...owners }, live, fieldManager);
  const plan = { planned, form, fieldManager, live, left, isOutdated: false, warnings: [] };
  const lost = lostCause(planned, live);
  if (lost !== undefined) return { ...plan, outcome: invalid(planned, lost) };
  if (live && agrees(form, live, fieldManager)) return { ...plan, outcome: { kind: 'unchanged' } };

  // With the version that was read: what others write in between is no change of ours.
  const sent = withVersionOf(form, live);
  const first = await cluster.apply(sent, { fieldManager, dryRun: true, force: false });
  const edited = live !== undefined && isPromoted(planned, live);
  const { taken, refused } = takings(first, shared, { ...options, edited });
  const result = taken.length > 0 ? await cluster.apply(sent, { fieldManager, dryRun: true, force: true }) : refused;
  const ground = result.kind === 'absent' ? await missingGround(cluster, planned, result.missing) : undefined;
  const outcome = outcomeOf({ ...plan, shared, taken, result, ground });
  const warnings = result.kind === 'applied' ? result.warnings : [];
  return { ...plan, isOutdated: result.kind === 'changed', outcome, warnings };
}

/** Why an object cannot be applied whatever the API server says now; undefined for all others. */
function lostCause({ object, inBundle }: PlannedObject, live: KubernetesObject | undefined): string | undefined {
  const { apiVersion, kind, metadata } = object;
  const exported = ['uid', 'resourceVersion'].filter((field) => field in metadata);
  if (exported.length > 0) {
    return `it was exported from a cluster, and its metadata.${exported.join(', metadata.')} names that very object; remove what the API server sets`;
  }
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1);
  if (inBundle.versions && !inBundle.versions.includes(version)) {
    return `the bundle's definition of ${kind} does not serve ${apiVersion}; it serves ${inBundle.versions.join(', ')}: correct apiVersion`;
  }
  const { deletionTimestamp: since, finalizers = [] } = live?.metadata ?? {};
  if (since === undefined) return undefined;
  const held = finalizers.length > 0 ? `, held by its finalizers ${finalizers.join(', ')}` : '';
  return `it is being deleted since ${since}${held}; wait until it is gone, or remove what holds it`;
}

/** With the resourceVersion that was read, the API server refuses to apply onto anything newer. */
export function withVersionOf(form: KubernetesObject, live: KubernetesObject | undefined): KubernetesObject {
  const resourceVersion = live?.metadata.resourceVersion;
  return resourceVersion === undefined ? form : { ...form, metadata: { ...form.metadata, resourceVersion } };
}

/** Whether the live object is the very one that was promoted: what somebody edits in it is drift. */
function isPromoted({ object, uid }: PlannedObject, live: KubernetesObject): boolean {
  if (uid === undefined) return false;
  if (uid !== '') return uid === live.metadata.uid;
  // A run that was killed may not have come to record the UID; the mesh's label then speaks for the object.
  const mesh = object.metadata.labels?.[meshLabel];
  return mesh !== undefined && meshLabelled(live, mesh);
}

/**
 * What is taken from its owners; nothing where any of it may not be, which is then all that the conflict is about. A
 * field of a promoted object that somebody edited by hand with kubectl is drift and taken back, a value that is shared
 * keeps what is theirs; any other owner is asked for first.
 */
function takings(
  result: ApplyResult,
  shared: SharedValue[],
  { forceConflicts, edited }: PlanObjectOptions & { edited: boolean },
): { taken: TakenField[]; refused: ApplyResult } {
  if (result.kind !== 'conflict') return { taken: [], refused: result };
  const taken: TakenField[] = result.conflicts.map((conflict) => sharedTaking(conflict, shared) ?? conflict);
  const conflicts = taken.filter(({ owner, reason }) => reason === undefined && !(edited && isByHand(owner)));
  if (forceConflicts || conflicts.length === 0) return { taken, refused: result };
  return { taken: [], refused: { kind: 'conflict', conflicts } };
}

/** Whether a field manager is somebody with kubectl. */
export function isByHand(owner: string): boolean {
  return /^kubectl(-|$)/.test(owner);
}

/** What the object stands on that neither the cluster nor the bundle has, in words. */
async function missingGround(
  cluster: Cluster,
  { object, inBundle }: PlannedObject,
  missing: 'namespace' | 'type',
): Promise<string | undefined> {
  const { apiVersion, kind, metadata } = object;
  const { namespace } = metadata;
  if (namespace !== undefined && !inBundle.namespace) {
    const live = await cluster.get({ apiVersion: 'v1', kind: 'Namespace', name: namespace });
    if (!live) return `namespace "${namespace}" does not exist, and the bundle does not create it first`;
  }
  if (missing === 'namespace' || inBundle.versions) return undefined;
  return `the cluster does not serve ${apiVersion} ${kind}, and the bundle brings no definition of it; install its CRDs, or correct apiVersion and kind`;
}

interface DryRun {
  planned: PlannedObject;
  form: KubernetesObject;
  fieldManager: string;
  live: KubernetesObject | undefined;
  shared: SharedValue[];
  taken: TakenField[];
  result: ApplyResult;
  /** Why an object whose namespace or type is absent cannot be created later either. */
  ground: string | undefined;
}

function invalid({ object, stage }: PlannedObject, reason: string): ObjectPlan['outcome'] {
  return { kind: 'problem', problem: { kind: 'invalid', id: objectId(object), stage, reason } };
}

function outcomeOf(dryRun: DryRun): ObjectPlan['outcome'] {
  const { planned, form, live, result, ground } = dryRun;
  const { stage } = planned;
  const id = objectId(form);
  const create = (validated: boolean): ObjectPlan['outcome'] => ({
    kind: 'change',
    change: { action: 'create', id, stage, after: form, validated },
  });
  switch (result.kind) {
    case 'applied':
      return live ? updateOf({ ...dryRun, live, after: result.object }) : create(true);
    case 'absent':
      return ground === undefined ? create(false) : invalid(planned, ground);
    case 'conflict':
      return { kind: 'problem', problem: { kind: 'conflict', id, stage, conflicts: result.conflicts } };
    case 'invalid':
      return invalid(planned, result.reason);
    case 'changed':
      return invalid(planned, 'somebody is changing it at this moment; plan again');
  }
}

interface Update extends DryRun {
  live: KubernetesObject;
  after: KubernetesObject;
}

function updateOf({ planned, live, after, form, fieldManager, shared, taken }: Update): ObjectPlan['outcome'] {
  const [before, changed] = withoutShared(live, after, shared);
  const fields = fieldChanges(before, changed);
  const owned = appliedFields(live, fieldManager, form.apiVersion);
  const willOwn = appliedFields(after, fieldManager, form.apiVersion);
  if (fields.length === 0 && isDeepStrictEqual(owned, willOwn)) return { kind: 'unchanged' };
  return { kind: 'change', change: { action: 'update', id: objectId(form), stage: planned.stage, fields, taken } };
}
