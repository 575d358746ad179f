import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A program that does nothing until it is ended. */
export function standIn(folder: string, name: string): string {
  const path = join(folder, name);
  writeFileSync(path, '#!/bin/sh\nexec sleep 3600\n');
  chmodSync(path, 0o755);
  return path;
}
