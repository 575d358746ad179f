import { z } from 'zod';
import { findingLines, invalidFile } from '../../mesh/finding-lines.ts';
import { checkSchema } from '../../mesh/schema-findings.ts';
import { parseDocuments } from '../../mesh/yaml.ts';
import type { Overlay } from './overlay.ts';

const pattern = z.string({ error: 'a name; * stands for any characters' }).min(1, { error: 'a name' });

const schema = z.strictObject({
  patches: z
    .array(
      z.strictObject({
        target: z.strictObject({
          kind: z.string({ error: 'a kind such as Deployment' }).min(1, { error: 'a kind such as Deployment' }),
          name: pattern.optional(),
          namespace: pattern.optional(),
        }),
        reason: z.string({ error: 'a reason' }).min(10, { error: 'a reason of at least 10 characters' }),
        in: z
          .string({ error: 'the path of a field that holds YAML or JSON: data.mesh' })
          .regex(/^[\w-]+(\.[\w-]+)*$/, { error: 'the path of a field that holds YAML or JSON: data.mesh' })
          .optional(),
        merge: z.record(z.string(), z.unknown(), { error: 'a mapping' }),
      }),
    )
    .min(1, { error: 'at least one patch' }),
});

/** Reads an overlay file; everything that is not right with it is in the one error that is thrown (`InvalidOverlay`). */
export function parseOverlay(text: string, file: string): Overlay {
  const documents = parseDocuments(text, file, 'plain');
  const [document] = documents;
  if (document === undefined || documents.length > 1) {
    const got = documents.length === 0 ? 'an empty file' : `${documents.length} documents`;
    throw invalidFile(file, [`${file}:1: expected one overlay, got ${got}`], 'InvalidOverlay');
  }
  const result = checkSchema(schema, document.value);
  if (result.kind === 'invalid') {
    throw invalidFile(file, findingLines(result.findings, { file, lineOf: document.lineOf }), 'InvalidOverlay');
  }
  return {
    patches: result.value.patches.map(({ target: { kind, name, namespace }, reason, in: field, merge }) => ({
      target: { kind, ...(name === undefined ? {} : { name }), ...(namespace === undefined ? {} : { namespace }) },
      reason,
      ...(field === undefined ? {} : { in: field }),
      merge,
    })),
  };
}
