import { DeliveryError } from '../errors.ts';
import { isMapping } from '../mesh/merge-deep.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { ConfigDirectory } from '../mesh/mesh-schema.ts';
import { parseYaml } from '../mesh/yaml.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import { configObjection } from './config-rules.ts';

/** A file of the team's own configuration. */
export interface ConfigFile {
  directory: ConfigDirectory;
  /** Relative to the mesh file, for errors. */
  file: string;
  text: string;
}

/** Reads the team's configuration, and says everything that may not stand where it stands (`InvalidConfig`). */
export function configObjects(mesh: Mesh, files: readonly ConfigFile[]): KubernetesObject[] {
  const problems: string[] = [];
  const places = new Map<string, string>();
  const objects: KubernetesObject[] = [];
  for (const { directory, file, text } of files) {
    for (const document of parseYaml(text, file)) {
      // A file that ends in --- or holds only comments has an empty document.
      if (document === null) continue;
      if (!isObject(document)) {
        problems.push(`${file}: expected an object with apiVersion, kind and metadata.name, got another document`);
        continue;
      }
      const id = objectId(document);
      const key = objectKey(id);
      const objection = configObjection(mesh, directory, document);
      if (objection !== undefined) problems.push(`${file}: ${formatObjectId(id)} ${objection}`);
      const place = places.get(key);
      if (place !== undefined)
        problems.push(`${file}: ${formatObjectId(id)} stands in ${place} too; remove one of them`);
      places.set(key, file);
      objects.push(document);
    }
  }
  if (problems.length === 0) return objects;
  const count = problems.length === 1 ? 'an error' : `${problems.length} errors`;
  throw new DeliveryError([`The configuration of mesh ${mesh.name} has ${count}`, ...problems].join('\n'), {
    code: 'InvalidConfig',
    kind: 'usage',
  });
}

function isObject(document: unknown): document is KubernetesObject {
  return (
    isMapping(document) &&
    typeof document.apiVersion === 'string' &&
    typeof document.kind === 'string' &&
    isMapping(document.metadata) &&
    typeof document.metadata.name === 'string'
  );
}
