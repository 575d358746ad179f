import { posix } from 'node:path';
import { isMapping } from '../../mesh/merge-deep.ts';
import type { LineOf } from '../../mesh/positions.ts';
import { type Problem, problemAt } from '../../mesh/problem.ts';
import { type LineProblem, readYaml, type YamlDocument } from '../../mesh/read-yaml.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../../ports/objects.ts';
import { documentFindings, kustomization } from './document-findings.ts';
import { templateFindings } from './template-findings.ts';

/** A file of the user that holds manifests. */
export interface ManifestFile {
  /** As the user knows it, for errors. */
  file: string;
  text: string;
  /** Why there is no text. */
  unreadable?: LineProblem;
}

/** An object and where it stands. */
export interface LocatedObject<F extends ManifestFile = ManifestFile> {
  object: KubernetesObject;
  source: F;
  lineOf: LineOf;
}

/** An object and its place as a person reads it, without the file. */
export interface PlacedObject {
  object: KubernetesObject;
  /** `config/services/shop.yaml:12`. */
  place: string;
}

export interface ObjectsRead<F extends ManifestFile = ManifestFile> {
  objects: LocatedObject<F>[];
  problems: Problem[];
}

/** The objects in manifests, and everything that is not right with the documents that hold them. */
export function readObjects<F extends ManifestFile>(files: readonly F[]): ObjectsRead<F> {
  const read = files.map(readFile);
  const objects = read.flatMap((each) => each.objects);
  return { objects, problems: [...read.flatMap(({ problems }) => problems), ...repeatedObjects(objects)] };
}

/** The place of an object as a person reads it: `config/services/shop.yaml:12`. */
export function placeOf({ source, lineOf }: LocatedObject): string {
  return `${source.file}:${lineOf([])}`;
}

function readFile<F extends ManifestFile>(source: F): ObjectsRead<F> {
  const { file, text, unreadable } = source;
  if (unreadable !== undefined) return { objects: [], problems: [{ file, ...unreadable }] };
  if (/^kustomization(\.ya?ml)?$/i.test(posix.basename(file))) {
    return { objects: [], problems: [problemAt(file, () => 1, { ...kustomization, path: [] })] };
  }
  const result = readYaml(text);
  const objects: LocatedObject<F>[] = [];
  const problems: Problem[] = result.problems.map((problem) => ({ file, ...problem }));
  for (const [index, { value, lineOf }] of result.documents.entries()) {
    // A file that ends in --- or holds only comments has an empty document.
    if (value === null || value === undefined) continue;
    const templates = text.includes('{{') ? templateFindings(value) : [];
    // What a template renders decides about the rest.
    const findings = templates.length > 0 ? templates : documentFindings(value);
    const subject = subjectOf(value, result.documents, index);
    problems.push(...findings.map((finding) => problemAt(file, lineOf, finding, subject)));
    if (isObject(value)) objects.push({ object: withoutEmptyMaps(value), source, lineOf });
  }
  return { objects, problems };
}

function subjectOf(document: unknown, documents: readonly YamlDocument[], index: number): string {
  if (isObject(document)) return formatObjectId(objectId(document));
  const kind = isMapping(document) && typeof document.kind === 'string' ? document.kind : '';
  const place = documents.length > 1 ? `document ${index + 1}` : '';
  return kind !== '' && place !== '' ? `${kind} (${place})` : kind + place;
}

/** Whether a document is an object that can be named, whatever else is wrong with it. */
function isObject(document: unknown): document is KubernetesObject {
  return (
    isMapping(document) &&
    typeof document.apiVersion === 'string' &&
    typeof document.kind === 'string' &&
    isMapping(document.metadata) &&
    typeof document.metadata.name === 'string' &&
    (document.metadata.namespace === undefined || typeof document.metadata.namespace === 'string')
  );
}

/** Charts leave `annotations:` without any behind, which Kubernetes reads as if it were not there. */
function withoutEmptyMaps(object: KubernetesObject): KubernetesObject {
  const fields = Object.entries(object.metadata).filter(([field, value]) => value !== null || !mapFields.has(field));
  return { ...object, metadata: Object.fromEntries(fields) as KubernetesObject['metadata'] };
}

const mapFields = new Set(['labels', 'annotations']);

function repeatedObjects(objects: readonly LocatedObject[]): Problem[] {
  const places = new Map<string, string>();
  return objects.flatMap((located) => {
    const id = objectId(located.object);
    const [key, place] = [objectKey(id), placeOf(located)];
    const first = places.get(key);
    places.set(key, first ?? place);
    if (first === undefined) return [];
    const message =
      first === place
        ? 'expected each file once, got it twice; name its folder once'
        : `expected each object once, got it at ${first} already; remove one of them`;
    return [problemAt(located.source.file, located.lineOf, { path: [], message }, formatObjectId(id))];
  });
}
