import { DeliveryError } from '../../errors.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { parseYaml, printYaml } from '../../mesh/yaml.ts';
import { formatObjectId, type KubernetesObject, objectId } from '../../ports/objects.ts';
import { mergePatch } from './merge-patch.ts';
import type { OverlayPatch, PatchTarget } from './overlay.ts';

/** Whether a patch is for the object. */
export function matches({ kind, name, namespace }: PatchTarget, { kind: found, metadata }: KubernetesObject): boolean {
  if (kind !== found) return false;
  return isLike(name, metadata.name) && isLike(namespace, metadata.namespace ?? '');
}

/** The object with a patch laid over it; throws `OverlayUnusable` where the field that holds the text is not there. */
export function patchObject(object: KubernetesObject, patch: OverlayPatch): KubernetesObject {
  if (patch.in === undefined) return mergePatch(object, patch.merge) as KubernetesObject;
  return patchText(object, patch.in.split('.'), (text) => mergeText(object, text, patch)) as KubernetesObject;
}

function mergeText(object: KubernetesObject, text: unknown, { in: field, merge }: OverlayPatch): string {
  if (typeof text !== 'string') {
    throw new DeliveryError(
      `overlay cannot change ${field} of ${formatObjectId(objectId(object))}: it holds no text; correct "in", or the target`,
      { code: 'OverlayUnusable', kind: 'usage' },
    );
  }
  const [content] = parseYaml(text, `${field} of ${formatObjectId(objectId(object))}`);
  const merged = mergePatch(content, merge);
  // JSON stays JSON: not everything that reads it reads YAML.
  return text.trimStart().startsWith('{') ? JSON.stringify(merged, null, 2) : printYaml(merged);
}

function patchText(value: unknown, path: string[], change: (text: unknown) => string): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  const mapping = isMapping(value) ? value : {};
  return { ...mapping, [step]: patchText(mapping[step], rest, change) };
}

function isLike(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  const parts = pattern.split('*').map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join('.*')}$`).test(text);
}
