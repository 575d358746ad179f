import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

const formats: readonly [line: RegExp, format: Format][] = [
  [/^@@/, ['bold', 'cyan']],
  [/^\+/, 'green'],
  [/^-/, 'red'],
  [/^~/, 'bold'],
  [/^!/, 'yellow'],
];

/** A diff in the colours of one. */
export function colouredDiff(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const format = formats.find(([pattern]) => pattern.test(line))?.[1];
      return format === undefined ? line : styleText(format, line, { validateStream: false });
    })
    .join('\n');
}
