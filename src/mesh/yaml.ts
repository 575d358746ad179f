import {
  boolYaml11Tag,
  CORE_SCHEMA,
  defineScalarTag,
  dump,
  intYaml11Tag,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
  YAMLException,
} from 'js-yaml';
import { DeliveryError } from '../errors.ts';

/**
 * Integers as Go reads them in manifests: those of YAML 1.1, with `0o17` and without base 60,
 * so that `12:30` stays text.
 */
const integerTag = defineScalarTag<number>(intYaml11Tag.tagName, {
  implicit: true,
  resolve: (source, isExplicit, tagName) => {
    if (source.includes(':')) return NOT_RESOLVED;
    if (/^[-+]?0o[0-7]+$/.test(source)) return Number.parseInt(source.replace('0o', ''), 8);
    return intYaml11Tag.resolve(source, isExplicit, tagName);
  },
  identify: intYaml11Tag.identify,
});

const schemas = {
  /** Kubernetes reads YAML 1.2 with merge keys and with the booleans and integers of YAML 1.1. */
  manifest: CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag, integerTag),
  /** Our own files are YAML 1.2, as editors check them: `y` and `off` are text. */
  plain: CORE_SCHEMA.withTags(mergeTag),
};

/** Every document of a YAML text, read as Kubernetes reads manifests or as plain YAML 1.2; `file` is for errors. */
export function parseYaml(text: string, file: string, dialect: keyof typeof schemas = 'manifest'): unknown[] {
  try {
    return loadAll(text, { schema: schemas[dialect], filename: file });
  } catch (thrown) {
    throw yamlError(thrown, file);
  }
}

/** One document, the same bytes for equal values: keys sorted, nothing folded, everything ambiguous quoted. */
export function printYaml(value: unknown): string {
  return dump(value, { lineWidth: -1, noRefs: true, sortKeys: true, seqNoIndent: true });
}

/** What a failed parse throws: the file, the line and the parser's own words. */
function yamlError(thrown: unknown, file: string): DeliveryError {
  if (!(thrown instanceof YAMLException)) throw thrown;
  const line = thrown.mark === undefined ? '' : `:${thrown.mark.line + 1}`;
  return new DeliveryError(`${file}${line}: is no valid YAML: ${thrown.reason}; correct the line`, {
    code: 'InvalidYaml',
    kind: 'usage',
    cause: thrown,
  });
}
