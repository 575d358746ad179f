import { DeliveryError, messageOf } from '../../errors.ts';
import type { Mesh } from '../../mesh/mesh.ts';
import { type MeshSource, readMesh } from '../../mesh/parse-mesh.ts';
import { readBounded } from './read-bounded.ts';
import { textOf } from './text-files.ts';

/** Reads and checks the mesh file at `path`. */
export async function loadMesh(path: string): Promise<Mesh> {
  return (await loadMeshFile(path)).mesh;
}

/** The same, with where everything stands in the file. */
export async function loadMeshFile(path: string): Promise<{ mesh: Mesh; source: MeshSource }> {
  return readMesh(textOf(await readMeshFile(path), path), path);
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
