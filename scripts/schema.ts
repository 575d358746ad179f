import { z } from 'zod';
import { meshSchema } from '../src/mesh/mesh-schema.ts';

export const meshJsonSchemaPath = 'schema/mesh.schema.json';

/** The mesh file's schema for editors: what a person writes, before defaults are filled in. */
export function meshJsonSchema(): string {
  const schema = z.toJSONSchema(meshSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}
