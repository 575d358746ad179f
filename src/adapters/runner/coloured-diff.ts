import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

const formats: readonly [line: RegExp, format: Format][] = [
  [/^@@/, ['bold', 'cyan']],
  [/^\+/, 'green'],
  [/^-/, 'red'],
  [/^~/, 'bold'],
  [/^!/, 'yellow'],
];

/** A line of a diff, and what it goes on with, in its colour. */
export function colouredDiff(entry: string): string {
  const format = formats.find(([pattern]) => pattern.test(entry))?.[1];
  if (format === undefined) return entry;
  return entry
    .split('\n')
    .map((line) => styleText(format, line, { validateStream: false }))
    .join('\n');
}
