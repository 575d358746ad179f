import type { Mesh } from '../../src/mesh/mesh.ts';
import { parseMesh } from '../../src/mesh/parse-mesh.ts';

/** The smallest mesh file, by its parts; each can be replaced, and more can be put after them. */
export function meshText(parts: { name?: string; istio?: string; environments?: string; more?: string } = {}): string {
  return [
    parts.name ?? 'name: acme',
    parts.istio ?? 'istio: { version: 1.31.0 }',
    parts.environments ?? 'environments: { dev: { clusters: [{ name: dev }] } }',
    parts.more ?? '',
  ].join('\n');
}

/** A mesh with the defaults and `more` of the mesh file. */
export function mesh(more = ''): Mesh {
  return parseMesh(meshText({ more }), 'mesh.yaml');
}
