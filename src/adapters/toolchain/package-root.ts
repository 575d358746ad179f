import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DeliveryError } from '../../errors.ts';

/**
 * The folder of this package, which holds `toolchain/` and `toolchain.lock.json`: the first one upwards
 * whose package.json is ours, from this file, or from the started program where a bundler moved this file.
 */
export function packageRoot(): string {
  const starts = [moduleFolder(), ...(process.argv[1] === undefined ? [] : [dirname(process.argv[1])])];
  for (const start of starts) {
    const root = upwardsFrom(start);
    if (root !== undefined) return root;
  }
  throw new DeliveryError(
    `The toolchain's lock was not found: no package.json of istio-delivery above ${starts.join(' or ')}; run it from a whole checkout.`,
    { code: 'PackageRootMissing' },
  );
}

function moduleFolder(): string {
  return dirname(fileURLToPath(import.meta.url));
}

function upwardsFrom(start: string): string | undefined {
  for (let folder = start; ; folder = dirname(folder)) {
    if (isOurs(join(folder, 'package.json'))) return folder;
    if (dirname(folder) === folder) return undefined;
  }
}

function isOurs(manifest: string): boolean {
  if (!existsSync(manifest)) return false;
  const { name } = JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string };
  return name === 'istio-delivery';
}
