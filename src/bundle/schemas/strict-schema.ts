import { isMapping } from '../../mesh/merge-deep.ts';

/** A structural schema of a CustomResourceDefinition, or a JSON Schema made of one. */
export type JsonSchema = Record<string, unknown>;

/** Keywords that a check needs; descriptions and rules in CEL are left to the API server. */
const kept = [
  'default',
  'enum',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'maxItems',
  'maxLength',
  'maxProperties',
  'maximum',
  'minItems',
  'minLength',
  'minProperties',
  'minimum',
  'multipleOf',
  'required',
  'uniqueItems',
  'x-kubernetes-list-map-keys',
  'x-kubernetes-list-type',
];

/**
 * The structural schema of a version as a JSON Schema that refuses what the schema does not name:
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/#specifying-a-structural-schema
 */
export function strictSchema(schema: JsonSchema): JsonSchema {
  const { status: _status, ...properties } = asMapping(schema.properties);
  const root = structural({ ...schema, properties });
  // The rest is checked for all kinds alike.
  return { ...root, properties: { ...asMapping(root.properties), apiVersion: {}, kind: {}, metadata: {}, status: {} } };
}

function structural(schema: JsonSchema): JsonSchema {
  const { properties, items, additionalProperties } = schema;
  const embedded = schema['x-kubernetes-embedded-resource'] === true ? { apiVersion: {}, kind: {}, metadata: {} } : {};
  return {
    ...constraints(schema),
    ...(isMapping(properties) ? { properties: { ...embedded, ...mapValues(properties, structural) } } : {}),
    ...(isMapping(items) ? { items: structural(items) } : {}),
    ...(isMapping(additionalProperties)
      ? { additionalProperties: structural(additionalProperties) }
      : isClosed(schema)
        ? { additionalProperties: false }
        : {}),
  };
}

/** Under `not` and its kin a schema only says more about values: what it does not name is still there. */
function constraints(schema: JsonSchema): JsonSchema {
  const { nullable, pattern, properties, items, not } = schema;
  const intOrString = schema['x-kubernetes-int-or-string'] === true;
  const type = intOrString ? ['integer', 'string'] : schema.type;
  return {
    ...Object.fromEntries(kept.flatMap((keyword) => (keyword in schema ? [[keyword, schema[keyword]]] : []))),
    ...(type === undefined ? {} : { type: nullable === true ? [type, 'null'].flat() : type }),
    ...(typeof pattern === 'string' && isPattern(pattern) ? { pattern } : {}),
    ...(isMapping(properties) ? { properties: mapValues(properties, constraints) } : {}),
    ...(isMapping(items) ? { items: constraints(items) } : {}),
    ...(isMapping(not) ? { not: constraints(not) } : {}),
    ...Object.fromEntries(
      ['allOf', 'anyOf', 'oneOf'].flatMap((keyword) => {
        const branches = schema[keyword];
        // That of a value that is an integer or text says its types once more.
        if (!Array.isArray(branches) || (intOrString && keyword === 'anyOf')) return [];
        return [[keyword, branches.map((branch) => constraints(asMapping(branch)))]];
      }),
    ),
  };
}

function isClosed(schema: JsonSchema): boolean {
  return (
    schema.type === 'object' &&
    schema['x-kubernetes-preserve-unknown-fields'] !== true &&
    schema.additionalProperties !== true
  );
}

/** Go's expressions are nearly those of JavaScript; one that is not is left to the API server. */
function isPattern(pattern: string): boolean {
  try {
    new RegExp(pattern, 'u');
    return true;
  } catch {
    return false;
  }
}

function mapValues(properties: JsonSchema, change: (schema: JsonSchema) => JsonSchema): JsonSchema {
  return Object.fromEntries(Object.entries(properties).map(([name, value]) => [name, change(asMapping(value))]));
}

function asMapping(value: unknown): JsonSchema {
  return isMapping(value) ? value : {};
}
