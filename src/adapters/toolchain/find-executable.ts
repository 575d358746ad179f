import { access, constants, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** The first executable file of that name in the folders. */
export async function findExecutable(name: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const path = join(folder, name);
    const runs = await access(path, constants.X_OK).then(
      async () => (await stat(path)).isFile(),
      () => false,
    );
    if (runs) return path;
  }
  return undefined;
}
