import type { ErrorObject } from 'ajv';
import { type Finding, show } from '../../mesh/finding.ts';
import { isMapping } from '../../mesh/merge-deep.ts';
import { didYouMean, nearest } from '../../mesh/nearest.ts';
import type { Path } from '../../mesh/positions.ts';
import { unknownKeys } from '../../mesh/unknown-keys.ts';

const typeNames: Record<string, string> = {
  object: 'a mapping',
  array: 'a list',
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
  null: 'nothing',
};

const limits: Record<string, (limit: string) => string> = {
  exclusiveMaximum: (limit) => `less than ${limit}`,
  exclusiveMinimum: (limit) => `more than ${limit}`,
  maximum: (limit) => `at most ${limit}`,
  minimum: (limit) => `at least ${limit}`,
  maxItems: (limit) => `at most ${limit} items`,
  minItems: (limit) => `a list of at least ${limit}`,
  maxLength: (limit) => `text of at most ${limit} characters`,
  minLength: (limit) => `text of at least ${limit} characters`,
  maxProperties: (limit) => `at most ${limit} keys`,
  minProperties: (limit) => `a mapping with at least ${limit} keys`,
  pattern: (pattern) => `text that matches ${pattern}`,
  not: () => 'another combination of fields',
};

/** What errors of one object against its schema say to a person; errors of branches are said by what holds them. */
export function schemaFindings(errors: readonly ErrorObject[], document: unknown): Finding[] {
  const mistyped = new Set(errors.filter(({ keyword }) => keyword === 'type').map(({ instancePath }) => instancePath));
  const holders = new Set(
    errors.filter(({ keyword }) => holding.includes(keyword)).map(({ schemaPath }) => schemaPath),
  );
  const said = errors
    .filter(({ schemaPath }) => !isOfBranch(schemaPath, holders))
    .filter(({ keyword, instancePath }) => keyword === 'type' || !mistyped.has(instancePath));
  const isUnknown = ({ keyword }: ErrorObject) => keyword === 'additionalProperties';
  const unknown = Map.groupBy(said.filter(isUnknown), ({ instancePath }) => instancePath);
  return [
    ...said.filter((error) => !isUnknown(error)).map((error) => findingOf(error, document)),
    ...[...unknown].flatMap(([pointer, ofOne]) => unknownFields(locate(document, pointer).path, ofOne)),
  ];
}

const holding = ['oneOf', 'anyOf', 'not'];

function isOfBranch(schemaPath: string, holders: ReadonlySet<string>): boolean {
  if (holders.size === 0) return false;
  for (let end = schemaPath.lastIndexOf('/'); end > 0; end = schemaPath.lastIndexOf('/', end - 1)) {
    if (holders.has(schemaPath.slice(0, end))) return true;
  }
  return false;
}

/** Of one mapping, where what is known is the same for all. */
function unknownFields(path: Path, errors: readonly ErrorObject[]): Finding[] {
  const properties = errors[0]?.parentSchema?.properties;
  const known = Object.keys(isMapping(properties) ? properties : {});
  const names = errors.map(({ params }) => String(params.additionalProperty));
  return unknownKeys(path, names, (name) => ({
    path: [...path, name],
    message: `expected a known field, got ${show(name)}; ${didYouMean(name, known)}`,
  }));
}

function findingOf(error: ErrorObject, document: unknown): Finding {
  const { params, parentSchema = {}, message = 'is not valid' } = error;
  const { path, value } = locate(document, error.instancePath);
  const expected = (what: string, cure = '') => ({ path, message: `expected ${what}, got ${show(value)}${cure}` });
  switch (error.keyword) {
    case 'required':
      return { path: [...path, String(params.missingProperty)], message: 'expected a value, got nothing; add it' };
    case 'type': {
      const names = [params.type]
        .flat()
        .filter((type) => type !== 'null')
        .map((type) => typeNames[String(type)] ?? type);
      const quotes = names.includes('text') && typeof value !== 'object' ? '; put it into quotes' : '';
      return expected(names.join(' or '), value === null ? '; give a value or remove the field' : quotes);
    }
    case 'enum': {
      const values = [params.allowedValues].flat().map(String);
      const near = typeof value === 'string' ? nearest(value, values) : undefined;
      const meant = near === undefined ? '' : `; did you mean "${near}"?`;
      return expected(`one of ${values.map((each) => `"${each}"`).join(', ')}`, meant);
    }
    case 'oneOf':
      return oneOfFinding(path, parentSchema.oneOf, value);
    case 'repeatedItem':
      return { path: [...path, Number(params.index)], message: message };
    default:
      return expected(limits[error.keyword]?.(String(params.limit ?? params.pattern)) ?? message);
  }
}

/** Istio says with `oneOf` that at most one of some fields may be set. */
function oneOfFinding(path: Path, branches: unknown, value: unknown): Finding {
  const names = [branches]
    .flat()
    .flatMap((branch) => (isMapping(branch) && Array.isArray(branch.required) ? branch.required : []));
  const set = isMapping(value) ? names.filter((name) => value[name] !== undefined) : [];
  if (set.length > 1) {
    const message = `expected at most one of ${names.join(', ')}, got ${set.join(' and ')}; remove all but one`;
    return { path: [...path, String(set[1])], message };
  }
  const what =
    names.length > 0 ? `exactly one of ${names.join(', ')}` : 'what one of the alternatives of its schema describes';
  return { path, message: `expected ${what}, got ${set.length === 0 ? 'none of them' : show(value)}` };
}

/** A JSON pointer as a path, and what stands there. */
function locate(document: unknown, pointer: string): { path: Path; value: unknown } {
  const path: (string | number)[] = [];
  let value = document;
  for (const token of pointer.split('/').slice(1)) {
    const step = token.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(step) : step);
    value = typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined;
  }
  return { path, value };
}
