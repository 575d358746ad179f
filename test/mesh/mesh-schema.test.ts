import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { meshJsonSchema, meshJsonSchemaPath } from '../../scripts/schema.ts';

test('the committed JSON Schema is the one that follows from the mesh schema', () => {
  expect(readFileSync(meshJsonSchemaPath, 'utf8'), 'run npm run generate and commit').toBe(meshJsonSchema());
});

test('the JSON Schema describes what a person writes: only what has no default is required', () => {
  const schema = JSON.parse(meshJsonSchema()) as { required: string[]; additionalProperties: boolean };
  expect(schema.required).toEqual(['name', 'istio', 'environments']);
  expect(schema.additionalProperties).toBe(false);
});
