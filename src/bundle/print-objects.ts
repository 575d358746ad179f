import { printYaml } from '../mesh/yaml.ts';
import type { KubernetesObject } from '../ports/objects.ts';

/** The file of a stage: the same bytes for the same objects, on every machine. */
export function printObjects(objects: readonly KubernetesObject[]): string {
  return objects.map((object) => `---\n${printYaml(object)}`).join('');
}
