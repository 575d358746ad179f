import { isUtf8 } from 'node:buffer';
import type { LineProblem } from './read-yaml.ts';

export type DecodedText = { kind: 'text'; text: string } | { kind: 'invalid'; problem: LineProblem };

const newline = 0x0a;

/** The text of a file's bytes. Bytes that are not UTF-8 are a problem: read as U+FFFD they would change silently. */
export function decodeText(bytes: Uint8Array): DecodedText {
  if (isUtf8(bytes))
    return { kind: 'text', text: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8') };
  if (isUtf16(bytes)) {
    return { kind: 'invalid', problem: { line: 1, message: 'expected UTF-8, got UTF-16; save the file as UTF-8' } };
  }
  for (let line = 1, start = 0; ; line += 1) {
    const found = bytes.indexOf(newline, start);
    const end = found < 0 ? bytes.length : found;
    const part = bytes.subarray(start, end);
    // No byte of a longer character is a newline, so each line stands for itself.
    if (!isUtf8(part)) return { kind: 'invalid', problem: { line, message: invalidMessage(part) } };
    start = end + 1;
  }
}

function invalidMessage(line: Uint8Array): string {
  const valid = line.findIndex((_, index) => !isUtf8Start(line.subarray(0, index + 1)));
  const byte = line[valid < 0 ? line.length - 1 : valid] ?? 0;
  return `expected UTF-8, got the byte 0x${byte.toString(16).padStart(2, '0')}; save the file as UTF-8`;
}

/** Whether bytes are UTF-8, the last character perhaps not complete. */
function isUtf8Start(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function isUtf16([first, second]: Uint8Array): boolean {
  return (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
}
