import { styleText } from 'node:util';
import type { Clock } from '../../ports/clock.ts';
import type { Reporter } from '../../ports/reporter.ts';
import { logText, logTitle } from '../../text/log-text.ts';
import { hasColours, isInteractive, type OutputStream } from './colours.ts';
import { type ProgressLines, progressLines } from './progress-lines.ts';
import type { Secrets } from './secrets.ts';

/** What a reporter needs of the stream it writes to. */
export interface TerminalStream extends OutputStream {
  write(text: string): unknown;
  columns?: number;
}

/** Writes for a person: phases as headings, the state of long work in place on a terminal and as lines elsewhere. */
export function terminalReporter(
  stream: TerminalStream,
  secrets: Secrets,
  clock: Clock,
  environment: NodeJS.ProcessEnv = {},
): Reporter {
  const isColoured = hasColours(stream, environment);
  const style = (format: 'bold' | 'dim' | 'green' | 'red' | 'yellow', text: string) =>
    isColoured ? styleText(format, text, { validateStream: false }) : text;
  let depth = 0;
  const indentedBy = (show: (text: string) => string) => (text: string) =>
    show(secrets.hide(text)).replace(/^(?=.)/gm, '  '.repeat(depth));
  const indented = indentedBy(logText);
  const title = indentedBy(logTitle);
  const live = isInteractive(stream, environment) ? liveLine(stream) : undefined;
  const print = (text: string) => {
    live?.clear();
    stream.write(`${text}\n`);
    live?.redraw();
  };
  const progress: ProgressLines =
    live === undefined
      ? progressLines((text) => print(indented(text)), clock)
      : {
          show: (text) => live.show(style('dim', fitted(title(text), stream.columns))),
          flush: live.end,
          drop: () => {},
        };
  return {
    async phase(name, run, isGood = () => true) {
      progress.flush();
      const started = clock.now().getTime();
      print(style('bold', title(`▸ ${name}`)));
      depth += 1;
      let good = false;
      try {
        const result = await run();
        good = isGood(result);
        return result;
      } finally {
        progress.flush();
        depth -= 1;
        const seconds = `${((clock.now().getTime() - started) / 1000).toFixed(1)} s`;
        print(style(good ? 'green' : 'red', title(`${good ? '✓' : '✗'} ${name} (${seconds})`)));
      }
    },
    line(text) {
      progress.drop();
      print(indented(text));
    },
    progress: (text) => progress.show(text),
    warning: (text) => print(style('yellow', indented(`warning: ${text}`))),
    secret: (value) => void secrets.add(value),
  };
}

/** A line that is too long is wrapped, and its first part cannot be taken back. Letters of the East take two columns. */
function fitted(text: string, columns = 80): string {
  let line = '';
  let width = 0;
  for (const character of text) {
    width += (character.codePointAt(0) ?? 0) > 0x10ff ? 2 : 1;
    if (width > columns - 2) return `${line}…`;
    line += character;
  }
  return line;
}

function liveLine(stream: TerminalStream) {
  const eraseLine = '\r\x1b[2K';
  let shown = '';
  const clear = () => {
    if (shown !== '') stream.write(eraseLine);
  };
  return {
    clear,
    redraw: () => void stream.write(shown),
    show(text: string) {
      shown = text;
      stream.write(eraseLine + text);
    },
    end() {
      clear();
      shown = '';
    },
  };
}
