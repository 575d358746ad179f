import { z } from 'zod';
import { meshSchema } from '../src/mesh/mesh-schema.ts';
import { staleFiles, writeFiles } from './generated-files.ts';

/** The mesh file's schema for editors: what a person writes, before defaults are filled in. */
export function meshJsonSchema(): string {
  const schema = z.toJSONSchema(meshSchema, { io: 'input', target: 'draft-2020-12' });
  return `${JSON.stringify(schema, undefined, 2)}\n`;
}

export const meshJsonSchemaPath = 'schema/mesh.schema.json';

if (import.meta.main) {
  const files = new Map([[meshJsonSchemaPath, meshJsonSchema()]]);
  const stale = staleFiles(files);
  writeFiles(files);
  console.log(stale.length === 0 ? 'the schema is current' : `written: ${stale.join(', ')}`);
}
