import { boolYaml11Tag, CORE_SCHEMA, defineScalarTag, intCoreTag, intYaml11Tag, mergeTag, NOT_RESOLVED } from 'js-yaml';

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

export const yamlSchemas = {
  /** Kubernetes reads YAML 1.2 with merge keys and with the booleans and integers of YAML 1.1. */
  manifest: CORE_SCHEMA.withTags(mergeTag, boolYaml11Tag, integerTag),
  /** Our own files are YAML 1.2, as editors check them: `y` and `off` are text. */
  plain: CORE_SCHEMA.withTags(mergeTag),
};

export type YamlDialect = keyof typeof yamlSchemas;

const integers = { manifest: integerTag, plain: intCoreTag };

/** The integer that an unquoted text stands for; undefined where it stands for anything else. */
export function integerOf(text: string, dialect: YamlDialect): number | undefined {
  const value = integers[dialect].resolve(text, false, intCoreTag.tagName);
  return typeof value === 'number' ? value : undefined;
}
