import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from './run-tool.ts';

/** Text by path, relative to the repository. */
export type GeneratedFiles = ReadonlyMap<string, string>;

/** Paths whose content is not what it would be if it were generated now. */
export function staleFiles(files: GeneratedFiles): string[] {
  return [...files].filter(([path, text]) => readText(path) !== text).map(([path]) => path);
}

export function writeFiles(files: GeneratedFiles): void {
  for (const [path, text] of files) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    rmSync(join(root, path), { force: true });
    writeFileSync(join(root, path), text);
  }
}

export function readText(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch {
    return undefined;
  }
}
