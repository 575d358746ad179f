import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isWhole, largestPart, mostParts, splitText } from '../../src/plan/state-parts.ts';

const name = 'istio-delivery-inventory';

function wholeOf(text: string, largest: number): string {
  const { head, parts } = splitText(name, text, largest);
  return [head, ...parts.map((part) => part.text)].join('');
}

describe('splitText', () => {
  test('keeps what fits in one piece', () => {
    expect(splitText(name, '[\n]')).toEqual({ head: '[\n]', parts: [] });
    expect(splitText(name, '')).toEqual({ head: '', parts: [] });
  });

  test('splits at the ends of lines, and names further parts by their content', () => {
    const { head, parts } = splitText(name, 'one\ntwo\nthree\nfour', 9);
    expect(head).toBe('one\ntwo\n');
    expect(parts.map(({ text }) => text)).toEqual(['three\n', 'four']);
    for (const part of parts) {
      expect(part.name).toMatch(/^istio-delivery-inventory-[0-9a-f]{16}$/);
      expect(isWhole(part)).toBe(true);
      expect(isWhole({ ...part, text: `${part.text} ` })).toBe(false);
    }
    expect(splitText(name, 'other lines\nthree\nfour', 12).parts.at(-1)?.name).toMatch(/^istio-delivery-inventory-/);
  });

  test('counts bytes, and cuts no character in two', () => {
    const text = `${'ü'.repeat(50)}\n${'🚢'.repeat(50)}`;
    const { head, parts } = splitText(name, text, 64);
    for (const piece of [head, ...parts.map((part) => part.text)]) {
      expect(Buffer.byteLength(piece)).toBeLessThanOrEqual(64);
      expect(piece).not.toContain('�');
    }
    expect(wholeOf(text, 64)).toBe(text);
  });

  test('loses nothing of any text', () => {
    const line = fc.string({ unit: 'binary', maxLength: 60 });
    fc.assert(
      fc.property(fc.array(line, { maxLength: 30 }), fc.integer({ min: 8, max: 200 }), (lines, largest) => {
        fc.pre(Math.ceil((lines.join('\n').length * 4) / largest) < mostParts / 2);
        expect(wholeOf(lines.join('\n'), largest)).toBe(lines.join('\n'));
      }),
    );
  });

  test('refuses what no cluster keeps, and says how much it is', () => {
    const line = `${'x'.repeat(1023)}\n`;
    expect(() => splitText(name, line.repeat(mostParts + 1), 1024)).toThrow(
      expect.objectContaining({
        code: 'StateTooLarge',
        kind: 'refused',
        message: expect.stringMatching(/^ConfigMap istio-delivery-inventory cannot be written: it would have 1 MiB, /),
      }),
    );
    expect(largestPart * 2).toBeLessThanOrEqual(1024 * 1024);
  });
});
