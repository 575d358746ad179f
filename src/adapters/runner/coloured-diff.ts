import { styleText } from 'node:util';

type Format = Parameters<typeof styleText>[0];

const formats: readonly [line: RegExp, format: Format][] = [
  [/^@@/, ['bold', 'cyan']],
  [/^\+/, 'green'],
  [/^-/, 'red'],
  [/^~/, 'bold'],
  [/^!/, 'yellow'],
];

/** A diff in the colours of one, where the stream is a terminal that has colours (and `NO_COLOR` does not say otherwise). */
export function colouredDiff(text: string, stream: NodeJS.WritableStream): string {
  return text
    .split('\n')
    .map((line) => {
      const format = formats.find(([pattern]) => pattern.test(line))?.[1];
      return format === undefined ? line : styleText(format, line, { stream });
    })
    .join('\n');
}
