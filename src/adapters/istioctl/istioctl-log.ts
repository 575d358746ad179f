/** `2026-11-29T00:51:06.533733Z	warn	installer	message`, the scope only where there is one. */
const entry = /^\d{4}-\d\d-\d\dT[\d:.]+Z\t(\w+)\t(.*)$/;

/** What istioctl prints of its own accord where charts warn: `❗ message`. */
const remark = /^(?:❗|⚠️?|! )\s*(.*)$/u;

export interface IstioctlLog {
  /** Each warning and error of the log in one line, each once. */
  warnings: string[];
  /** What is no log. */
  rest: string;
}

/** Tells the log of istioctl from what else stands in its standard error. */
export function readIstioctlLog(text: string): IstioctlLog {
  const entries: { level: string; lines: string[] }[] = [];
  const rest: string[] = [];
  let current: string[] | undefined;
  for (const line of text.split('\n')) {
    const found = entry.exec(line);
    const said = remark.exec(line);
    if (found !== null || said !== null) {
      current = [found?.[2] ?? said?.[1] ?? ''];
      entries.push({ level: found?.[1] ?? 'warn', lines: current });
    } else if (current !== undefined && /^\s/.test(line)) {
      // A message of several lines goes on indented.
      current.push(line);
    } else {
      if (line.trim() !== '') current = undefined;
      rest.push(line);
    }
  }
  const warnings = entries
    .filter(({ level }) => level === 'warn' || level === 'error')
    .map(({ lines }) => inOneLine(lines));
  return { warnings: [...new Set(warnings)], rest: rest.join('\n').replace(/^\n+|\s+$/g, '') };
}

/** Go lists errors as `1 error occurred:` and a line with an asterisk for each. */
function inOneLine(lines: readonly string[]): string {
  return lines
    .map((line) => line.trim().replace(/^\* /, ''))
    .filter((line) => line !== '')
    .join(' ')
    .replace(/\b\d+ errors? occurred: ?/, '')
    .replaceAll('\t', ': ');
}
