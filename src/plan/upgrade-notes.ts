import { compareReleases, minorOf } from './istio-support.ts';
import { minorNotes } from './minor-notes.ts';

/** Something about a new minor version that its users must know before they move to it. */
export interface UpgradeNote {
  /** Stable; by it a note is acknowledged: `1.31-registries-retired`. */
  id: string;
  title: string;
  /** What changes, and what to do where that is not wanted. */
  text: string;
  source: string;
}

/** The notes of every minor version after that of `from`, up to that of `to`; none for a move within one or down. */
export function upgradeNotes(from: string, to: string): UpgradeNote[] {
  return Object.entries(minorNotes)
    .filter(([minor]) => isAbove(minor, from) && !isAbove(minor, to))
    .flatMap(([minor, notes]) => notes.map((note) => ({ ...note, id: `${minor}-${note.id}` })));
}

/** The minor versions of the way from `from` to `to` whose notes are not known here: `1.32`. */
export function minorsWithoutNotes(from: string, to: string): string[] {
  const [old, next] = [minorOf(from), minorOf(to)].map((minor) => minor?.split('.').map(Number));
  const [major, first] = old ?? [];
  const [, last] = next ?? [];
  if (first === undefined || last === undefined) return [];
  return Array.from({ length: Math.max(0, last - first) }, (_, index) => `${major}.${first + index + 1}`).filter(
    (minor) => !(minor in minorNotes),
  );
}

function isAbove(minor: string, version: string): boolean {
  return (compareReleases(`${minor}.0`, `${minorOf(version)}.0`) ?? 0) > 0;
}
