import type { ClusterBundle } from '../../bundle/bundle.ts';
import { DeliveryError } from '../../errors.ts';
import { fieldChanges } from '../../plan/field-changes.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../../ports/objects.ts';
import type { OverlayChange } from '../rehearsal.ts';
import type { Overlay, OverlayPatch } from './overlay.ts';
import { matches, patchObject } from './overlay-object.ts';
import { forSmallMachine } from './small-machine.ts';

export interface Overlaid<T> {
  value: T;
  changes: OverlayChange[];
}

/** What a rehearsal applies that was not made for it. */
export interface Applied {
  /** What the cluster gets of each bundle. */
  bundles: ClusterBundle[];
  /** The team's own manifests. */
  workloads: KubernetesObject[];
  /** What the environment has beside the bundle. */
  prerequisites: KubernetesObject[];
}

/**
 * What is applied, as a rehearsal applies it; every change is told, once. Throws `OverlayUnusable` for a patch that is
 * for nothing in any of it.
 */
export function overlayAll(applied: Applied, overlay: Overlay): Overlaid<Applied> {
  const unused = new Set(overlay.patches);
  const changes = new Map<string, OverlayChange>();
  const lay = (object: KubernetesObject): KubernetesObject => {
    const patches = overlay.patches.filter(({ target }) => matches(target, object));
    for (const patch of patches) unused.delete(patch);
    const laid = overlayObject(object, patches);
    for (const change of laid.changes) changes.set(JSON.stringify(change), change);
    return laid.value;
  };
  const value = {
    bundles: applied.bundles.map((bundle) => ({
      ...bundle,
      stages: bundle.stages.map(({ stage, objects }) => ({ stage, objects: objects.map(lay) })),
    })),
    workloads: applied.workloads.map(lay),
    prerequisites: applied.prerequisites.map(lay),
  };
  const [patch] = unused;
  if (patch !== undefined) throw targetless(patch);
  return { value, changes: [...changes.values()] };
}

/** One object with the patches that are for it, after what a small machine needs. */
export function overlayObject(object: KubernetesObject, patches: readonly OverlayPatch[]): Overlaid<KubernetesObject> {
  const changes: OverlayChange[] = [];
  let current = object;
  const change = (next: KubernetesObject, reason: string) => {
    const fields = fieldChanges(current, next).map(({ path }) => path);
    changes.push(...fields.map((field) => ({ object: formatObjectId(objectId(object)), field, reason })));
    current = next;
  };
  for (const step of forSmallMachine(object)) change(step.object, step.reason);
  for (const patch of patches) {
    const patched = patchObject(current, patch);
    if (objectKey(objectId(patched)) !== objectKey(objectId(object))) throw renamed(object, patched);
    change(patched, patch.reason);
  }
  return { value: current, changes };
}

/** It would leave out one object, and perhaps come over another. */
function renamed(object: KubernetesObject, patched: KubernetesObject): DeliveryError {
  return new DeliveryError(
    `overlay makes ${formatObjectId(objectId(object))} another object, ${formatObjectId(objectId(patched))}; leave its group, kind, namespace and name alone`,
    { code: 'OverlayUnusable', kind: 'usage' },
  );
}

function targetless({ target }: OverlayPatch): DeliveryError {
  const { kind, name = '*', namespace } = target;
  return new DeliveryError(
    `overlay has a patch for ${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}, and there is no such object in the bundles, the workloads and the prerequisites; correct its target or take it out`,
    { code: 'OverlayUnusable', kind: 'usage' },
  );
}
