import type { KubernetesObject } from '../ports/objects.ts';
import type { Stage } from './bundle.ts';
import { defaultValidatorName } from './default-validator.ts';
import { tagLabel } from './labels.ts';

/** The stage of an object that istioctl rendered for `revision`. */
export function stageOf(object: KubernetesObject, revision: string): Stage {
  const { labels, name } = object.metadata;
  if (object.kind === 'CustomResourceDefinition') return 'crds';
  if (labels?.[tagLabel] !== undefined || name === defaultValidatorName) return 'routing';
  return carries(name, revision) ? 'revision' : 'base';
}

/** Whether the revision stands in the name as a word of its own. */
function carries(name: string, revision: string): boolean {
  return new RegExp(`-${revision}([-.]|$)`).test(name);
}
