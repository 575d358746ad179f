import { DeliveryError } from '../errors.ts';
import type { Mesh } from '../mesh/mesh.ts';
import type { ConfigDirectory } from '../mesh/mesh-schema.ts';
import { cutLines, formatProblems, type Problem, problemAt } from '../mesh/problem.ts';
import { formatObjectId, objectId, objectKey } from '../ports/objects.ts';
import { configFindings } from './config-rules.ts';
import {
  type LocatedObject,
  type ManifestFile,
  type ObjectsRead,
  placeOf,
  readObjects,
} from './manifests/read-objects.ts';

/** A file of the team's own configuration, by its path relative to the mesh file. */
export interface ConfigFile extends ManifestFile {
  directory: ConfigDirectory;
}

export type ConfigObject = LocatedObject<ConfigFile>;

/** Reads the team's configuration, and everything that is not right with it or may not stand where it stands. */
export function configObjects(mesh: Mesh, files: readonly ConfigFile[]): ObjectsRead<ConfigFile> {
  const { objects, problems } = readObjects(files);
  const misplaced = objects.flatMap(({ object, source, lineOf }) =>
    configFindings(mesh, source.directory, object).map((finding) =>
      problemAt(source.file, lineOf, finding, formatObjectId(objectId(object))),
    ),
  );
  return { objects, problems: [...problems, ...misplaced] };
}

/** The one error that says everything that is not right with the team's configuration (`InvalidConfig`). */
export function invalidConfig(mesh: Mesh, problems: readonly Problem[], beside?: DeliveryError): DeliveryError {
  const lines = formatProblems(problems);
  const others = beside === undefined ? [] : [beside.message];
  const number = lines.length + others.length;
  const title = `The configuration of mesh ${mesh.name} has ${number === 1 ? 'an error' : `${number} errors`}`;
  return new DeliveryError([title, ...cutLines(lines), ...others].join('\n'), {
    code: 'InvalidConfig',
    kind: 'usage',
    ...(beside === undefined ? {} : { cause: beside }),
  });
}

/** Where each object stands, by its key: `config/services/shop.yaml:12`. */
export function sourcesOf(objects: readonly ConfigObject[]): Record<string, string> {
  return Object.fromEntries(objects.map((located) => [objectKey(objectId(located.object)), placeOf(located)]));
}
