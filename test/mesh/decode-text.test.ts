import { expect, test } from 'vitest';
import { decodeText } from '../../src/mesh/decode-text.ts';

test.each(['', 'a: 1\n', 'é: 2\nü', '\ufeffa: 1', '\u{1f600}'])('reads %j as it is', (text) => {
  expect(decodeText(Buffer.from(text))).toEqual({ kind: 'text', text });
});

test.each<[string, number[], number, string]>([
  [
    'a byte of Latin-1',
    [...Buffer.from('a: é\nb: ü\nc: f'), 0xfc, 0x72],
    3,
    'expected UTF-8, got the byte 0xfc; save the file as UTF-8',
  ],
  ['a character that is cut off', [0x61, 0x0a, 0xc3], 2, 'expected UTF-8, got the byte 0xc3; save the file as UTF-8'],
  ['half of a pair', [0x61, 0x0a, 0x0a, 0xed, 0xa0, 0x80], 3, 'expected UTF-8, got the byte 0x'],
  ['UTF-16', [0xff, 0xfe, 0x61, 0x00], 1, 'expected UTF-8, got UTF-16; save the file as UTF-8'],
])('refuses %s, with its line', (_, bytes, line, message) => {
  expect(decodeText(Uint8Array.from(bytes))).toEqual({
    kind: 'invalid',
    problem: { line, message: expect.stringContaining(message) },
  });
});
