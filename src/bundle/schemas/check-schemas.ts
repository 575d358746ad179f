import type { Finding } from '../../mesh/finding.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { groupOf, type KubernetesObject } from '../../ports/objects.ts';
import { type CheckObject, compileSchema } from './compile-schema.ts';
import type { JsonSchema } from './strict-schema.ts';

/** Says everything about an object that the CustomResourceDefinition of its kind refuses. */
export type CheckSchema = (object: KubernetesObject) => Promise<Finding[]>;

interface ServedVersion {
  name: string;
  schema: JsonSchema | undefined;
}

/**
 * Checks objects against the CustomResourceDefinitions that `objects` hold, each schema compiled once; an object of a
 * kind that none of them is for is left to the API server.
 */
export function checkSchemas(objects: Iterable<KubernetesObject>): CheckSchema {
  const definitions = new Map<string, ServedVersion[]>();
  for (const object of objects) {
    if (object.kind !== 'CustomResourceDefinition') continue;
    const { group, names, versions } = asMapping(object.spec);
    definitions.set(`${group}/${asMapping(names).kind}`, servedVersions(versions));
  }
  const checks = new Map<string, Promise<CheckObject>>();
  return async (object) => {
    const { apiVersion, kind } = object;
    const served = definitions.get(`${groupOf(apiVersion)}/${kind}`);
    if (served === undefined) return [];
    const version = served.find(({ name }) => name === apiVersion.slice(apiVersion.indexOf('/') + 1));
    if (version === undefined) return [notServed(object, served)];
    if (version.schema === undefined) return [];
    const key = `${apiVersion}/${kind}`;
    const check = checks.get(key) ?? compileSchema(version.schema);
    checks.set(key, check);
    return (await check)(object);
  };
}

function servedVersions(versions: unknown): ServedVersion[] {
  return (Array.isArray(versions) ? versions : []).filter(isMapping).flatMap(({ name, served, schema }) => {
    if (served !== true) return [];
    const structural = asMapping(schema).openAPIV3Schema;
    return [{ name: String(name), schema: isMapping(structural) ? structural : undefined }];
  });
}

function notServed({ apiVersion, kind }: KubernetesObject, served: readonly ServedVersion[]): Finding {
  const group = groupOf(apiVersion);
  const versions = served.map(({ name }) => `${group}/${name}`);
  const [preferred] = versions;
  const message =
    preferred === undefined
      ? `expected a kind that is served, got ${kind}, of which no version is; leave it out`
      : `expected a version of ${kind} that is served (${versions.join(', ')}), got ${apiVersion}; set ${preferred}`;
  return { path: ['apiVersion'], message };
}

function asMapping(value: unknown): Record<string, unknown> {
  return isMapping(value) ? value : {};
}
