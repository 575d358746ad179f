import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import { deliveryHome } from '../files/delivery-home.ts';
import { exchangedByOthers, privateFolder } from '../files/private-folder.ts';

/**
 * Has Node keep what it compiles, which takes a fifth off every start after the first. What lies in that folder is run
 * as it is: so it is in a folder that nobody else can change, or there is none. Node's own default lies in the shared
 * folder for temporary files, under a name that anybody can take first.
 */
export function keepCompiledCode(environment: NodeJS.ProcessEnv): void {
  const folder = compileCacheFolder(environment);
  if (folder !== undefined) enableCompileCache(folder);
}

/** Undefined where no folder is private. */
export function compileCacheFolder(environment: NodeJS.ProcessEnv): string | undefined {
  try {
    const folder = join(deliveryHome(environment), 'compiled');
    if (exchangedByOthers(folder) !== undefined) return undefined;
    return privateFolder(folder, '');
  } catch {
    return undefined;
  }
}
