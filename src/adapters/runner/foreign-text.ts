/**
 * Text that came from elsewhere (a cluster, a tool, a file), so that neither an Actions runner nor a terminal takes a
 * part of it as a command. The runner obeys a line that begins with `::` after anything it trims, and `##[` anywhere in
 * a line, and compares as a language does, without the characters that nobody sees; a terminal obeys control
 * characters, of which only tabs, line ends and colours are kept.
 */
export function neutralise(text: string): string {
  return text
    .split(/\r\n|[\n\r\v\f\u0085\u2028\u2029]/)
    .map(neutraliseLine)
    .join('\n');
}

function neutraliseLine(line: string): string {
  return escapeControls(line)
    .replace(/#[\p{C}\p{M}]*#[\p{C}\p{M}]*\[/gu, '## [')
    .replace(/^([^\p{L}\p{N}\p{P}\p{S}]*):[\p{C}\p{M}]*:/u, '$1: :');
}

function escapeControls(line: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return line.replace(/\x1b\[[\d;]*m|[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (found) =>
    found.length > 1 ? found : `\\x${found.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}
