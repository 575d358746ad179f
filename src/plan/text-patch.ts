import { diffArrays } from 'diff';

/** Pieces around a change that show where it stands. */
const context = 3;

/** A line that is longer is compared piece by piece: the JSON of a whole mesh can be one line. */
const longestLine = 160;

/** More differing pieces than this are no change of a text but another text. */
const mostEdits = 4000;

/**
 * The pieces in which two texts differ, as hunks of a unified diff: `@@ -3,7 +3,8 @@`, then pieces with ` `, `-` or `+`
 * before them. A piece is a line with its line end, or a part of a long line without one. Undefined where the texts have
 * too little in common.
 */
export function textPatch(before: string, after: string): string[] | undefined {
  const parts = diffArrays(pieces(before), pieces(after), { maxEditLength: mostEdits });
  if (parts === undefined) return undefined;
  const marked = parts.flatMap(({ added, removed, value }) =>
    value.map((piece) => ({ sign: added ? '+' : removed ? '-' : ' ', piece })),
  );
  const isNear = marked.map(() => false);
  for (const [index, { sign }] of marked.entries()) {
    if (sign !== ' ') isNear.fill(true, Math.max(0, index - context), index + context + 1);
  }
  const lines: string[] = [];
  let [left, right] = [1, 1];
  for (let index = 0; index < marked.length; ) {
    const end = runEnd(isNear, index);
    const run = marked.slice(index, end);
    const count = (other: string) => run.filter(({ sign }) => sign !== other).length;
    const [removed, added] = [count('+'), count('-')];
    if (isNear[index]) {
      lines.push(`@@ -${left},${removed} +${right},${added} @@`, ...run.map(({ sign, piece }) => `${sign}${piece}`));
    }
    left += removed;
    right += added;
    index = end;
  }
  return lines;
}

function runEnd(flags: readonly boolean[], start: number): number {
  const end = flags.indexOf(!flags[start], start);
  return end < 0 ? flags.length : end;
}

function pieces(text: string): string[] {
  const lines = text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return lines.flatMap((line) => (line.length > longestLine ? line.split(/(?<=[,;{}[\] ])(?!\n)/) : [line]));
}
