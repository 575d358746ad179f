import { Ajv, type ErrorObject } from 'ajv';
import { show } from '../../mesh/finding.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { canonicalJson } from '../canonical-json.ts';
import type { JsonSchema } from './strict-schema.ts';

/** A validator that says everything at once, and knows the lists of Kubernetes whose items are told apart. */
export function createAjv(): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    strict: false,
    validateFormats: false,
    logger: false,
    // The schemas are Istio's, and each is used for less time than it would take to check or to optimize it.
    meta: false,
    validateSchema: false,
    code: { optimize: false },
  });
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
  const seen = new Set<string>();
  for (const [index, item] of list.entries()) {
    const key = canonicalJson(keyOf(item)) ?? '';
    if (seen.has(key)) {
      errors.push({
        keyword: 'repeatedItem',
        params: { index },
        message: `expected ${expected(item)} a second time; remove one of them`,
      });
    }
    seen.add(key);
  }
  check.errors = errors;
  return errors.length === 0;
}
