import { describe, expect, test } from 'vitest';
import { parseYaml, printYaml } from '../../src/mesh/yaml.ts';

describe('parseYaml', () => {
  test.each<[string, unknown]>([
    ['yes', true],
    ['off', false],
    ['0644', 420],
    ['0o17', 15],
    ['0x1F', 31],
    ['1_000', 1000],
    ['12:30:45', '12:30:45'],
    ['1.31', 1.31],
    ['1.31.0', '1.31.0'],
    ['2026-11-23', '2026-11-23'],
    ['~', null],
    ['"0644"', '0644'],
  ])('reads %s as Kubernetes does', (text, value) => {
    expect(parseYaml(`a: ${text}`, 'f.yaml')).toEqual([{ a: value }]);
  });

  test('reads our own files as YAML 1.2', () => {
    expect(parseYaml('y: off\nmode: 0644', 'f.yaml', 'plain')).toEqual([{ y: 'off', mode: 644 }]);
  });

  test('follows merge keys', () => {
    expect(parseYaml('a: &a {x: 1}\nb: {<<: *a, z: 2}', 'f.yaml')).toEqual([{ a: { x: 1 }, b: { x: 1, z: 2 } }]);
  });

  test('reads several documents', () => {
    expect(parseYaml('---\na: 1\n---\nb: 2\n', 'f.yaml')).toEqual([{ a: 1 }, { b: 2 }]);
  });

  test.each<[string, string]>([
    ['a: 1\nb: 2\na: 3\n', 'f.yaml:3: is no valid YAML: duplicated mapping key; correct the line'],
    ['a: 1\nb: [1\nc: 2\n', 'f.yaml:3: is no valid YAML:'],
  ])('names the file and the line of bad YAML', (text, message) => {
    expect(() => parseYaml(text, 'f.yaml')).toThrow(message);
  });
});

describe('printYaml', () => {
  const values = [
    'y',
    'yes',
    '0644',
    '12:30',
    '1e3',
    '1_000',
    '~',
    '',
    ' a',
    'a\nb\n',
    'é',
    '1.31',
    5,
    1.5,
    null,
    true,
  ];

  test('prints what is read back as the same values', () => {
    expect(parseYaml(printYaml({ values }), 'f.yaml')).toEqual([{ values }]);
  });

  test('prints equal values as the same bytes, in whatever order their keys came', () => {
    expect(printYaml({ b: { d: 1, c: [{ f: 1, e: 2 }] }, a: 1 })).toBe(
      printYaml({ a: 1, b: { c: [{ e: 2, f: 1 }], d: 1 } }),
    );
  });

  test('quotes what an older parser would read as something else', () => {
    expect(printYaml(['yes', '0644', '12:30', 'plain'])).toBe("- 'yes'\n- '0644'\n- '12:30'\n- plain\n");
  });
});
