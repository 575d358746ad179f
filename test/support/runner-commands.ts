import fc from 'fast-check';
import { logText } from '../../src/text/log-text.ts';

const pieces = fc.constantFrom(
  ...['::', ':', '##[', '#', '[', ' ', '\t', '\v', '\f', '\r', '\n', '\r\n', '\u2028', '\u0085', '\ufeff', '\u200b'],
  ...[
    '\x1b',
    '\x1b[31m',
    '\x1b[2K',
    '\x1b]0;x\x07',
    '\x9b',
    '\u00ad',
    '\u202e',
    '\u2066',
    '\0',
    '\ud800',
    '%0A',
    ']',
    'a',
  ],
  ...['error', 'add-mask', 'set-output', 'stop-commands', 'group'],
);

/** Text as somebody writes it who wants a runner to take it as a command. */
const hostile = fc.oneof(
  { weight: 5, arbitrary: fc.array(pieces, { maxLength: 12 }).map((text) => text.join('')) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 30 }) },
);

/** Writes so many texts to a log; throws with the first that leaves a line which a runner takes as a command. */
export function loggedSafely(runs: number, seed?: number): void {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const line of logText(text).split(/\r\n|[\n\r]/)) {
        if (isCommand(line)) throw new Error(`${JSON.stringify(text)} leaves ${JSON.stringify(line)}`);
      }
    }),
    { numRuns: runs, ...(seed === undefined ? {} : { seed }) },
  );
}

/** As an Actions runner looks at a line: https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs */
function isCommand(line: string): boolean {
  return line.replace(/^[\s\u0085\ufeff\u200b]+/, '').startsWith('::') || line.includes('##[');
}
