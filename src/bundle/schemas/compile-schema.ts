import { isDeepStrictEqual } from 'node:util';
import type { Ajv, ErrorObject } from 'ajv';
import { type Finding, show } from '../../mesh/finding.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { schemaFindings } from './schema-finding.ts';
import { type JsonSchema, strictSchema } from './strict-schema.ts';

/** Says everything about an object that its schema refuses. */
export type CheckObject = (object: unknown) => Finding[];

let loaded: Ajv | undefined;

/** A check against the structural schema of a CustomResourceDefinition's version. */
export async function compileSchema(schema: JsonSchema): Promise<CheckObject> {
  loaded ??= await loadAjv();
  const validate = loaded.compile(strictSchema(schema));
  return (object) => (validate(object) ? [] : schemaFindings(validate.errors ?? [], object));
}

/** Only `render` needs it, and it takes longer to load than most commands take to start. */
async function loadAjv(): Promise<Ajv> {
  const { Ajv } = await import(/* webpackMode: "eager" */ 'ajv');
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: false, validateFormats: false, logger: false });
  ajv.addKeyword({ keyword: 'x-kubernetes-list-map-keys', type: 'array', validate: uniqueKeys, errors: 'full' });
  ajv.addKeyword({ keyword: 'x-kubernetes-list-type', type: 'array', validate: uniqueValues, errors: 'full' });
  return ajv;
}

interface Check {
  (schema: unknown, list: unknown[], parent?: JsonSchema): boolean;
  errors?: Partial<ErrorObject>[];
}

/** Items of a list of type `map` are told apart by some of their fields. */
const uniqueKeys: Check = (keys, list, parent) => {
  const names = Array.isArray(keys) ? keys.map(String) : [];
  const properties = isMapping(parent?.items) && isMapping(parent.items.properties) ? parent.items.properties : {};
  const keysOf = (item: unknown) =>
    names.map((name) => {
      const { [name]: schema } = properties;
      return (isMapping(item) ? item[name] : undefined) ?? (isMapping(schema) ? schema.default : undefined);
    });
  return report(
    uniqueKeys,
    list,
    keysOf,
    (item) => `an item for each ${names.join(' and ')}, got ${keysOf(item).map(show).join(' and ')}`,
  );
};

const uniqueValues: Check = (type, list) =>
  type !== 'set' ||
  report(
    uniqueValues,
    list,
    (item) => item,
    (item) => `each value once, got ${show(item)}`,
  );

function report(
  check: Check,
  list: unknown[],
  keyOf: (item: unknown) => unknown,
  expected: (item: unknown) => string,
): boolean {
  const errors: Partial<ErrorObject>[] = [];
  const seen: unknown[] = [];
  for (const [index, item] of list.entries()) {
    const key = keyOf(item);
    if (seen.some((other) => isDeepStrictEqual(other, key))) {
      errors.push({
        keyword: 'repeatedItem',
        params: { index },
        message: `expected ${expected(item)} a second time; remove one of them`,
      });
    }
    seen.push(key);
  }
  check.errors = errors;
  return errors.length === 0;
}
