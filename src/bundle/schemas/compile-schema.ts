import type { Ajv } from 'ajv';
import type { Finding } from '../../mesh/finding.ts';
import { schemaFindings } from './schema-finding.ts';
import { type JsonSchema, strictSchema } from './strict-schema.ts';

/** Says everything about an object that its schema refuses. */
export type CheckObject = (object: unknown) => Finding[];

let loaded: Promise<Ajv> | undefined;

/** A check against the structural schema of a CustomResourceDefinition's version. */
export async function compileSchema(schema: JsonSchema): Promise<CheckObject> {
  loaded ??= loadAjv();
  const validate = (await loaded).compile(strictSchema(schema));
  return (object) => (validate(object) ? [] : schemaFindings(validate.errors ?? [], object));
}

/** Only `render` needs it: no other command is to wait for it. */
async function loadAjv(): Promise<Ajv> {
  const { createAjv } = await import(/* webpackMode: "eager" */ './create-ajv.ts');
  return createAjv();
}
