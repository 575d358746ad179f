import { Terminal } from '@xterm/headless';

/** What a terminal shows after something was written to it. */
export interface TerminalLook {
  /** Lines, without what they are wrapped to. */
  lines: string[];
  /** Lines that begin at column 0. */
  begun: number;
  /** Lines whose characters are not all of one look. */
  mixed: string[];
  /** Lines that are not in the terminal's own colours. */
  styled: number;
  /** Lines with something that is not shown. */
  concealed: string[];
  titles: string[];
  /** Whether it is where it would be after plain text: in its first buffer, at the begin of the line after. */
  isPlain: boolean;
}

export async function lookAtTerminal(written: string): Promise<TerminalLook> {
  const terminal = new Terminal({ cols: 250, rows: 24, scrollback: 50_000, allowProposedApi: true, convertEol: true });
  const titles: string[] = [];
  terminal.onTitleChange((title) => titles.push(title));
  await new Promise<void>((resolve) => terminal.write(written, resolve));
  const { active } = terminal.buffer;
  const look: TerminalLook = {
    lines: [],
    begun: 0,
    mixed: [],
    styled: 0,
    concealed: [],
    titles,
    isPlain: active.type === 'normal' && active.cursorX === 0,
  };
  let cell = active.getNullCell();
  for (let row = 0; row < active.length; row += 1) {
    const line = active.getLine(row);
    const text = line?.translateToString(true) ?? '';
    if (!line || text === '') continue;
    const looks = new Set<string>();
    for (let column = 0; column < line.length; column += 1) {
      cell = line.getCell(column, cell) ?? cell;
      if (cell.getChars() === '') continue;
      looks.add(
        cell.isAttributeDefault() ? '' : `${cell.getFgColor()} ${cell.getBgColor()} ${cell.isBold()} ${cell.isDim()}`,
      );
      if (cell.isInvisible() !== 0) look.concealed.push(text);
    }
    if (looks.size > 1) look.mixed.push(text);
    if (!looks.has('')) look.styled += 1;
    if (line.isWrapped) continue;
    look.lines.push(text);
    // A line of a block of a diff begins with its sign, as far in as what is under a field.
    if (!/^(?:[+\-!](?: {3}|$)| )/.test(text)) look.begun += 1;
  }
  terminal.dispose();
  return look;
}
