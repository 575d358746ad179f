import { type Finding, show } from './finding.ts';
import type { Path } from './positions.ts';

/** A name and where it stands in the file. */
export interface Named {
  name: string;
  path: Path;
}

/** Names that stand there more than once; the first one is right. */
export function findRepeated(named: readonly Named[], what: string): Finding[] {
  const seen = new Set<string>();
  return named.flatMap(({ name, path }) => {
    if (seen.has(name)) return [{ path, message: `expected ${what}, got ${show(name)} a second time` }];
    seen.add(name);
    return [];
  });
}
