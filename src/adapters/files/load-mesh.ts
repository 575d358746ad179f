import { DeliveryError, messageOf } from '../../errors.ts';
import type { Mesh } from '../../mesh/mesh.ts';
import { parseMesh } from '../../mesh/parse-mesh.ts';
import { readBounded } from './read-bounded.ts';
import { textOf } from './text-files.ts';

/** Reads and checks the mesh file at `path`. */
export async function loadMesh(path: string): Promise<Mesh> {
  return parseMesh(textOf(await readMeshFile(path), path), path);
}

async function readMeshFile(path: string): Promise<Buffer> {
  try {
    return await readBounded(path);
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : messageOf(cause);
    throw new DeliveryError(`Mesh file ${path} cannot be read: ${reason}; give its path as mesh`, {
      code: 'MeshUnreadable',
      kind: 'usage',
      cause,
    });
  }
}
