import { type Problem, problemAt } from '../mesh/problem.ts';
import { formatObjectId, type KubernetesObject, objectId, objectKey } from '../ports/objects.ts';
import type { ConfigObject } from './config-objects.ts';
import { placeOf } from './manifests/read-objects.ts';
import { printObjects } from './print-objects.ts';
import { checkSchemas } from './schemas/check-schemas.ts';

/** What Istio says of one object. */
export interface ObjectRemark {
  kind: string;
  namespace: string;
  name: string;
  message: string;
}

export interface ManifestValidation {
  errors: ObjectRemark[];
  warnings: ObjectRemark[];
}

/** Runs `istioctl validate` of the mesh's version on manifests. */
export type ValidateManifests = (manifests: string) => Promise<ManifestValidation>;

/** What Istio itself says of the team's configuration. */
export interface ConfigValidation {
  errors: { located: ConfigObject; message: string }[];
  /** With the place of each object. */
  warnings: string[];
}

/** Has Istio look at the configuration, in one run. */
export async function validateConfig(
  objects: readonly ConfigObject[],
  validateManifests: ValidateManifests,
): Promise<ConfigValidation> {
  if (objects.length === 0) return { errors: [], warnings: [] };
  // A second document of one object is a problem of its own.
  const seen = new Set<string>();
  const distinct = objects.filter((located) => seen.size < seen.add(objectKey(objectId(located.object))).size);
  const { errors, warnings } = await validateManifests(printObjects(distinct.map(({ object }) => object)));
  const byName = new Map(distinct.map((located) => [nameOf(remarkedAs(located)), located]));
  const locate = (remark: ObjectRemark) => {
    const located = byName.get(nameOf(remark));
    return located === undefined ? [] : [{ located, message: remark.message }];
  };
  return { errors: errors.flatMap(locate), warnings: warningLines(warnings.flatMap(locate)) };
}

/** One line for what is said of many objects alike: Istio advises against each EnvoyFilter in the same words. */
function warningLines(warnings: ConfigValidation['errors']): string[] {
  const groups = Map.groupBy(warnings, ({ message }) => message);
  return [...groups].flatMap(([message, [first, ...others]]) => {
    if (first === undefined) return [];
    const subject = `${placeOf(first.located)}: ${formatObjectId(objectId(first.located.object))}`;
    const places = others.slice(0, 5).map(({ located }) => placeOf(located));
    const more = others.length > places.length ? [...places, '…'] : places;
    return [`${subject}: ${message}${others.length === 0 ? '' : ` (and ${others.length} more: ${more.join(', ')})`}`];
  });
}

/** What the schemas of the rendered CustomResourceDefinitions refuse, and of the rest what Istio does. */
export async function configProblems(
  objects: readonly ConfigObject[],
  { errors }: ConfigValidation,
  rendered: Iterable<readonly KubernetesObject[]>,
): Promise<Problem[]> {
  const check = checkSchemas([...rendered].flat());
  const problems: Problem[] = [];
  const refused = new Set<ConfigObject>();
  for (const located of objects) {
    const findings = await check(located.object);
    const subject = formatObjectId(objectId(located.object));
    problems.push(...findings.map((finding) => problemAt(located.source.file, located.lineOf, finding, subject)));
    if (findings.length > 0) refused.add(located);
  }
  for (const { located, message } of errors) {
    // It says the same of them in other words, and without the field.
    if (refused.has(located)) continue;
    const subject = formatObjectId(objectId(located.object));
    const finding = { path: [], message: `istioctl validate refuses it: ${message}; correct it` };
    problems.push(problemAt(located.source.file, located.lineOf, finding, subject));
  }
  return problems;
}

function remarkedAs({ object: { kind, metadata } }: ConfigObject): Omit<ObjectRemark, 'message'> {
  return { kind, namespace: metadata.namespace ?? '', name: metadata.name };
}

function nameOf({ kind, namespace, name }: Omit<ObjectRemark, 'message'>): string {
  return `${kind}/${namespace}/${name}`;
}
