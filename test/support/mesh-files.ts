import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { dump, load } from 'js-yaml';
import { textOf } from '../../src/adapters/files/text-files.ts';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';
import type { ReadBackFile } from './read-back-files.ts';

const text = readFileSync(join(import.meta.dirname, '../../examples/acme/mesh.yaml'), 'utf8');

function yaml(json: string): string {
  return json === '' ? '' : dump(JSON.parse(json));
}

/** The mesh file of the example, and what a person's hand or a bad merge makes of it. */
export const meshFile: ReadBackFile = {
  name: 'a mesh file',
  genuine: load(text),
  text: yaml,
  read: (bytes) => {
    JSON.stringify(parseMesh(textOf(bytes, 'mesh.yaml'), 'mesh.yaml'));
  },
};
